//! What the compiler has to say about an IDL: a cause, the place, and a hint.
//!
//! Nothing in the compiler stops at the first mistake; passes push into [`Diagnostics`] and go on with what is left, so one
//! run reports everything. Rendering goes through `annotate-snippets`: file, line, caret, label.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::source::{Sources, Span};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// No code is generated.
    Error,
    /// Code is generated; the IDL may surprise its reader or another compiler.
    Warning,
}

/// One finding.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    severity: Severity,
    title: String,
    place: Option<(Span, String)>,
    related: Vec<(Span, String)>,
    help: Option<String>,
}

impl Diagnostic {
    /// An error at a place; `label` stands under the caret.
    pub(crate) fn error(span: Span, title: impl Into<String>, label: impl Into<String>) -> Self {
        Self::new(Severity::Error, Some((span, label.into())), title.into())
    }

    /// A warning at a place.
    pub(crate) fn warning(span: Span, title: impl Into<String>, label: impl Into<String>) -> Self {
        Self::new(Severity::Warning, Some((span, label.into())), title.into())
    }

    /// An error that no text is to blame for, such as a file that cannot be read.
    pub(crate) fn general(title: impl Into<String>) -> Self {
        Self::new(Severity::Error, None, title.into())
    }

    fn new(severity: Severity, place: Option<(Span, String)>, title: String) -> Self {
        Self {
            severity,
            title,
            place,
            related: Vec::new(),
            help: None,
        }
    }

    /// Adds a second place that belongs to the story, such as the first definition of a duplicate.
    pub(crate) fn related(mut self, span: Span, label: impl Into<String>) -> Self {
        self.related.push((span, label.into()));
        self
    }

    /// Adds what to do about it.
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// How bad it is.
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// Where it is, unless it is about no text.
    pub fn span(&self) -> Option<Span> {
        self.place.as_ref().map(|(span, _)| *span)
    }

    /// The cause in one line.
    pub fn title(&self) -> &str {
        &self.title
    }

    fn render(&self, sources: &Sources, renderer: &Renderer) -> String {
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let mut group = Group::with_title(level.primary_title(self.title.as_str()));
        if let Some((span, label)) = &self.place {
            let main = AnnotationKind::Primary
                .span(span.start as usize..span.end as usize)
                .label(label.as_str());
            let mut snippet = snippet(sources, *span).annotation(main);
            let (near, far): (Vec<_>, Vec<_>) = self
                .related
                .iter()
                .partition(|(at, _)| at.file == span.file);
            for (at, label) in near {
                snippet = snippet.annotation(context(*at, label));
            }
            group = group.element(snippet);
            for (at, label) in far {
                group = group.element(self::snippet(sources, *at).annotation(context(*at, label)));
            }
        }
        if let Some(help) = &self.help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        renderer.render(&[group])
    }
}

/// The findings of a compilation, in the order of their discovery.
#[derive(Debug, Default)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
}

impl Diagnostics {
    /// Adds a finding, unless it was made before: a constant is looked at again wherever it is used.
    pub(crate) fn push(&mut self, diagnostic: Diagnostic) {
        let is_known = self
            .list
            .iter()
            .any(|known| known.place == diagnostic.place && known.title == diagnostic.title);
        if !is_known {
            self.list.push(diagnostic);
        }
    }

    /// Adds what another part of the compiler found.
    pub(crate) fn append(&mut self, others: Diagnostics) {
        others.list.into_iter().for_each(|other| self.push(other));
    }

    /// Whether any of them is an error.
    pub fn has_errors(&self) -> bool {
        self.count(Severity::Error) > 0
    }

    /// How many there are of one severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.list
            .iter()
            .filter(|diagnostic| diagnostic.severity == severity)
            .count()
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.list.iter()
    }

    /// The whole report as text for a terminal (`colored`) or a log.
    pub fn render(&self, sources: &Sources, colored: bool) -> String {
        let renderer = if colored {
            Renderer::styled()
        } else {
            Renderer::plain()
        };
        let mut report = String::new();
        let mut sorted: Vec<&Diagnostic> = self.list.iter().collect();
        sorted.sort_by_key(|diagnostic| diagnostic.span().map(|span| (span.file, span.start)));
        for diagnostic in sorted {
            report.push_str(&diagnostic.render(sources, &renderer));
            report.push_str("\n\n");
        }
        report
    }
}

fn snippet<'a, T: Clone>(sources: &'a Sources, span: Span) -> Snippet<'a, T> {
    let file = sources.file(span.file);
    Snippet::source(file.text.as_str()).path(file.path.to_string_lossy())
}

fn context<'a>(span: Span, label: &'a str) -> annotate_snippets::Annotation<'a> {
    AnnotationKind::Context
        .span(span.start as usize..span.end as usize)
        .label(label)
}
