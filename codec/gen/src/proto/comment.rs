//! Comments of `.proto` files as documentation.

use protox::prost_reflect::prost_types::FileDescriptorProto;

/// The comment before the definition at `path`, or behind it on its line; without the blank that follows the comment sign.
pub(super) fn doc(file: &FileDescriptorProto, path: &[i32]) -> Option<String> {
    let info = file.source_code_info.as_ref()?;
    let location = info
        .location
        .iter()
        .find(|location| location.path == path)?;
    let comment = location
        .leading_comments
        .as_deref()
        .or(location.trailing_comments.as_deref())?;
    let lines = comment.lines().map(|line| {
        let line = line.strip_prefix(' ').unwrap_or(line);
        line.trim_end()
    });
    let text = lines.collect::<Vec<_>>().join("\n");
    let text = text.trim_matches('\n');
    (!text.is_empty()).then(|| text.to_owned())
}
