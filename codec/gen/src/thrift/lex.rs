//! Thrift text → tokens, with the comments that stand before each.
//!
//! The token classes are Apache's (`thriftl.ll`): an identifier may contain dots, a sign belongs to its number, `e10` is an
//! identifier. A bad piece of text becomes a diagnostic and is skipped, so the parser always sees a whole token list that
//! ends in [`Kind::End`].

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::{FileId, Span};

/// One token.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) span: Span,
    /// The range of comments between the previous token and this one.
    pub(crate) comments: std::ops::Range<u32>,
    /// Whether it is the first token of its line.
    pub(crate) first_of_line: bool,
}

/// Token classes with their values.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    Double(f64),
    End,
    Identifier,
    Int(i64),
    Literal(String),
    Symbol(u8),
}

/// One comment with its markers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Comment {
    pub(crate) span: Span,
    /// Whether only blanks stand before it on its line.
    pub(crate) first_of_line: bool,
}

/// The tokens of a file and its comments.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    pub(crate) list: Vec<Token>,
    pub(crate) comments: Vec<Comment>,
}

/// Splits `text`, the whole of `file`.
///
/// A string may go on over lines, as Kitex's compiler has it. When one has no end that way, all are read again as ending on
/// their lines, as Apache's has it: then the one that lacks its quote is found.
pub(crate) fn lex(text: &str, file: FileId, diagnostics: &mut Diagnostics) -> Tokens {
    let mut found = Diagnostics::default();
    let mut lexer = Lexer::new(text, file, &mut found);
    lexer.run();
    if lexer.has_open_literal {
        lexer = Lexer::new(text, file, diagnostics);
        lexer.literals_end_on_line = true;
        lexer.run();
        return lexer.tokens;
    }
    let tokens = lexer.tokens;
    diagnostics.append(found);
    tokens
}

struct Lexer<'a> {
    text: &'a str,
    file: FileId,
    at: usize,
    line_is_fresh: bool,
    comments_before: u32,
    tokens: Tokens,
    diagnostics: &'a mut Diagnostics,
    literals_end_on_line: bool,
    has_open_literal: bool,
}

impl<'a> Lexer<'a> {
    fn new(text: &'a str, file: FileId, diagnostics: &'a mut Diagnostics) -> Lexer<'a> {
        let at = match text.starts_with(BYTE_ORDER_MARK) {
            true => BYTE_ORDER_MARK.len_utf8(),
            false => 0,
        };
        Lexer {
            text,
            file,
            at,
            line_is_fresh: true,
            comments_before: 0,
            tokens: Tokens::default(),
            diagnostics,
            literals_end_on_line: false,
            has_open_literal: false,
        }
    }

    fn run(&mut self) {
        while self.step() {}
        self.push(self.at, Kind::End);
    }

    /// Consumes one token, comment or blank; false at the end.
    fn step(&mut self) -> bool {
        let start = self.at;
        let rest = &self.text.as_bytes()[start..];
        let Some(&first) = rest.first() else {
            return false;
        };
        match first {
            b'\n' => {
                self.at += 1;
                self.line_is_fresh = true;
            }
            b' ' | b'\t' | b'\r' | b'\x0c' => self.at += 1,
            b'#' => self.line_comment(),
            b'/' if rest.starts_with(b"//") => self.line_comment(),
            b'/' if rest.starts_with(b"/*") => self.block_comment(),
            b'"' | b'\'' => self.literal(first),
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => {
                self.at += identifier_len(rest);
                self.push(start, Kind::Identifier);
            }
            b'0'..=b'9' | b'+' | b'-' | b'.' if number_len(rest).is_some() => self.number(),
            b':' | b';' | b',' | b'{' | b'}' | b'(' | b')' | b'=' | b'<' | b'>' | b'[' | b']'
            | b'*' | b'&' => {
                self.at += 1;
                self.push(start, Kind::Symbol(first));
            }
            _ => self.unexpected(),
        }
        true
    }

    fn span(&self, start: usize) -> Span {
        // Text lengths fit: `Sources::add` checked.
        #[expect(clippy::cast_possible_truncation, reason = "checked by Sources::add")]
        Span {
            file: self.file,
            start: start as u32,
            end: self.at as u32,
        }
    }

    fn push(&mut self, start: usize, kind: Kind) {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "fewer than the text's bytes"
        )]
        let comments_end = self.tokens.comments.len() as u32;
        self.tokens.list.push(Token {
            kind,
            span: self.span(start),
            comments: self.comments_before..comments_end,
            first_of_line: self.line_is_fresh,
        });
        self.comments_before = comments_end;
        self.line_is_fresh = false;
    }

    fn line_comment(&mut self) {
        let start = self.at;
        let rest = &self.text[start..];
        self.at += rest.find('\n').unwrap_or(rest.len());
        self.push_comment(start);
    }

    fn block_comment(&mut self) {
        let start = self.at;
        let rest = &self.text[start..];
        match rest[2..].find("*/") {
            Some(end) => self.at += end + 4,
            None => {
                self.at = start + 2;
                let opening = self.span(start);
                self.at = self.text.len();
                self.diagnostics.push(
                    Diagnostic::error(opening, "comment without end", "it starts here")
                        .help("close it with `*/`"),
                );
            }
        }
        self.push_comment(start);
    }

    fn push_comment(&mut self, start: usize) {
        let comment = Comment {
            span: self.span(start),
            first_of_line: self.line_is_fresh,
        };
        self.tokens.comments.push(comment);
    }

    fn literal(&mut self, quote: u8) {
        let start = self.at;
        let mut value = String::new();
        let mut chars = self.text[start + 1..].char_indices();
        loop {
            match chars.next() {
                Some((offset, char)) if char as u32 == u32::from(quote) => {
                    self.at = start + 1 + offset + 1;
                    return self.close_literal(start, value);
                }
                Some((offset, '\\')) => {
                    let escaped = chars.next().map_or('\n', |(_, escaped)| escaped);
                    match unescape(escaped) {
                        Some(char) => value.push(char),
                        None if escaped == '\n' && self.literals_end_on_line => {
                            self.at = start + 1 + offset;
                            return self.open_literal(start, value);
                        }
                        None => {
                            value.extend(['\\', escaped]);
                            self.at = start + 1 + offset + 1 + escaped.len_utf8();
                            self.unknown_escape(start + 1 + offset);
                        }
                    }
                }
                Some((offset, '\n')) if self.literals_end_on_line => {
                    self.at = start + 1 + offset;
                    return self.open_literal(start, value);
                }
                None => {
                    self.at = self.text.len();
                    return self.open_literal(start, value);
                }
                Some((_, char)) => value.push(char),
            }
        }
    }

    fn close_literal(&mut self, start: usize, value: String) {
        if self.text[start..self.at].contains('\n') {
            let diagnostic = Diagnostic::warning(
                self.span(start),
                "string over several lines",
                "some compilers want its end on the line of its beginning",
            );
            self.diagnostics
                .push(diagnostic.help("write `\\n` for a line break"));
        }
        self.push(start, Kind::Literal(value));
    }

    fn open_literal(&mut self, start: usize, value: String) {
        self.has_open_literal = true;
        let diagnostic = Diagnostic::error(
            self.span(start),
            "string without end",
            "the line ends before the closing quote",
        );
        self.diagnostics
            .push(diagnostic.help("close it on its line; write `\\n` for a line break"));
        self.push(start, Kind::Literal(value));
    }

    fn unknown_escape(&mut self, start: usize) {
        let diagnostic = Diagnostic::warning(
            self.span(start),
            "unknown escape in a string",
            "taken as a backslash and the character",
        );
        self.diagnostics
            .push(diagnostic.help("known are \\r \\n \\t \\\" \\' \\\\"));
    }

    fn number(&mut self) {
        let start = self.at;
        let rest = &self.text[start..];
        let len = number_len(rest.as_bytes()).unwrap_or(1);
        let glued = rest.as_bytes()[len..]
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_')
            .count();
        self.at += len + glued;
        let text = &rest[..len];
        if glued > 0 {
            self.diagnostics.push(Diagnostic::error(
                self.span(start),
                format!("`{}` is neither a number nor a name", &rest[..len + glued]),
                "a name cannot start with a digit",
            ));
            return self.push(start, Kind::Int(0));
        }
        let kind = match parse_int(text) {
            Some(Ok(number)) => Kind::Int(number),
            Some(Err(())) => {
                let diagnostic = Diagnostic::error(
                    self.span(start),
                    format!("number `{text}` is too large"),
                    "does not fit 64 bits with sign",
                );
                self.diagnostics.push(diagnostic.help(format!(
                    "the range is {} to {}",
                    i64::MIN,
                    i64::MAX
                )));
                Kind::Int(0)
            }
            None => Kind::Double(text.parse().unwrap_or(f64::NAN)),
        };
        self.push(start, kind);
    }

    /// A name with letters beyond ASCII, of which the beginning may already be a token.
    fn foreign_letters(&mut self) {
        let rest = &self.text[self.at..];
        let mut start = self.at;
        self.at += rest
            .find(|char| !is_letter_or_digit(char))
            .unwrap_or(rest.len());
        let is_rest =
            |token: &&Token| token.kind == Kind::Identifier && token.span.end as usize == start;
        if let Some(begun) = self.tokens.list.pop_if(|token| is_rest(&&*token)) {
            start = begun.span.start as usize;
            self.comments_before = begun.comments.start;
            self.line_is_fresh = begun.first_of_line;
        }
        self.push(start, Kind::Identifier);
        let title = format!("name `{}` is not ASCII", &self.text[start..self.at]);
        let diagnostic =
            Diagnostic::error(self.span(start), title, "names have letters from a to z");
        self.diagnostics.push(diagnostic);
    }

    fn unexpected(&mut self) {
        let start = self.at;
        let char = self.text[start..].chars().next().unwrap_or(' ');
        if char.is_alphabetic() {
            return self.foreign_letters();
        }
        self.at += char.len_utf8();
        self.diagnostics.push(Diagnostic::error(
            self.span(start),
            format!("unexpected character `{}`", char.escape_default()),
            "no Thrift token starts like this",
        ));
    }
}

fn is_letter_or_digit(char: char) -> bool {
    char.is_alphanumeric() || char == '_'
}

fn unescape(char: char) -> Option<char> {
    Some(match char {
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        '"' | '\'' | '\\' => char,
        _ => return None,
    })
}

/// `[a-zA-Z_](\.[a-zA-Z_0-9]|[a-zA-Z_0-9])*`: a dot counts only with a name character behind it.
fn identifier_len(bytes: &[u8]) -> usize {
    let is_name = |at: usize| {
        bytes
            .get(at)
            .is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
    };
    let mut len = 1;
    loop {
        if is_name(len) {
            len += 1;
        } else if bytes.get(len) == Some(&b'.') && is_name(len + 1) {
            len += 2;
        } else {
            return len;
        }
    }
}

/// The length of the integer, hex integer or double at the start, or None without a digit.
fn number_len(bytes: &[u8]) -> Option<usize> {
    let sign = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
    let digits = |from: usize| {
        bytes[from.min(bytes.len())..]
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count()
    };
    if bytes[sign..].starts_with(b"0x") {
        let hex = bytes[sign + 2..]
            .iter()
            .take_while(|byte| byte.is_ascii_hexdigit())
            .count();
        if hex > 0 {
            return Some(sign + 2 + hex);
        }
    }
    let whole = digits(sign);
    let mut len = sign + whole;
    let fraction = match bytes.get(len) {
        Some(b'.') => digits(len + 1),
        _ => 0,
    };
    if fraction > 0 {
        len += 1 + fraction;
    }
    if whole + fraction == 0 {
        return None;
    }
    if let Some(b'e' | b'E') = bytes.get(len) {
        let sign = usize::from(matches!(bytes.get(len + 1), Some(b'+' | b'-')));
        let exponent = digits(len + 1 + sign);
        if exponent > 0 {
            len += 1 + sign + exponent;
        }
    }
    Some(len)
}

/// None for a double, `Err` for an integer outside of `i64`.
fn parse_int(text: &str) -> Option<Result<i64, ()>> {
    let (negative, digits) = match text.as_bytes()[0] {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (digits, radix) = match digits.strip_prefix("0x") {
        Some(hex) => (hex, 16),
        None => (digits, 10),
    };
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit())
        || (radix == 10 && !digits.bytes().all(|byte| byte.is_ascii_digit()))
    {
        return None;
    }
    let magnitude = i128::from_str_radix(digits, radix).unwrap_or(i128::MAX);
    let number = if negative { -magnitude } else { magnitude };
    Some(i64::try_from(number).map_err(|_| ()))
}

const BYTE_ORDER_MARK: char = '\u{feff}';
