//! Tokens → syntax tree, by recursive descent.
//!
//! A rule that meets a token it cannot use pushes one diagnostic and returns [`Failed`]. The two loops that own a list (the
//! definitions of a file, the members of a body) catch it, skip to the next place where an element can start, and go on, so
//! one run reports every broken definition. Rules never look at names: what they mean is decided in `lower`.

mod annotation;
mod body;
mod definition;
mod header;
mod types;
mod value;

pub(crate) use definition::similar;

use super::ast::{Annotation, File, Name};
use super::doc;
use super::lex::{self, Comment, Kind, Token};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::{FileId, Sources, Span};

/// Parses a whole file. What could not be understood is missing from the tree and is in `diagnostics`.
pub(crate) fn parse(sources: &Sources, file: FileId, diagnostics: &mut Diagnostics) -> File {
    let text = sources.file(file).text.as_str();
    let tokens = lex::lex(text, file, diagnostics);
    let mut parser = Parser {
        text,
        tokens: tokens.list,
        comments: tokens.comments,
        at: 0,
        depth: 0,
        diagnostics,
    };
    parser.file()
}

/// A rule gave up; its diagnostic is pushed.
#[derive(Debug)]
struct Failed;

type Parsed<T> = Result<T, Failed>;

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    comments: Vec<Comment>,
    at: usize,
    /// Types and values that are open; bounded by [`DEPTH_MAX`].
    depth: usize,
    diagnostics: &'a mut Diagnostics,
}

impl Parser<'_> {
    fn file(&mut self) -> File {
        let mut file = File::default();
        let first = self.peek();
        if self.is_header() {
            let comments = &self.comments[..first.comments.end as usize];
            file.doc = doc::file_doc(self.text, comments);
        }
        while self.peek().kind != Kind::End {
            let start = self.at;
            if self.definition_or_header(&mut file).is_err() {
                file.is_damaged = true;
                self.recover_definition(start);
            }
        }
        file
    }

    fn definition_or_header(&mut self, file: &mut File) -> Parsed<()> {
        if self.is_header() {
            return self.header(file);
        }
        if let Some(definition) = self.definition()? {
            file.definitions.push(definition);
        }
        Ok(())
    }

    /// Skips to the next definition keyword that starts a line, or to one behind a closed body.
    fn recover_definition(&mut self, start: usize) {
        if self.at == start {
            self.at += 1;
        }
        let mut open = 0usize;
        loop {
            let token = self.peek();
            match token.kind {
                Kind::End => return,
                Kind::Symbol(b'{') => open += 1,
                Kind::Symbol(b'}') => open = open.saturating_sub(1),
                Kind::Identifier
                    if (token.first_of_line || open == 0) && self.starts_definition() =>
                {
                    return;
                }
                _ => {}
            }
            self.at += 1;
        }
    }

    /// Skips to the next member: a token that starts a line, or the end of the body.
    fn recover_member(&mut self, start: usize, close: u8) {
        if self.at == start && !self.is_body_end(close) {
            self.at += 1;
        }
        while !self.peek().first_of_line && !self.is_body_end(close) {
            self.at += 1;
        }
    }

    /// Whether a body cannot go on here: the mark that closes it, a brace that closes what is around it, the end of the file,
    /// or the next definition after a forgotten brace.
    fn is_body_end(&self, close: u8) -> bool {
        let token = self.peek();
        match token.kind {
            Kind::End | Kind::Symbol(b'}') => true,
            Kind::Symbol(symbol) => symbol == close,
            _ => token.first_of_line && self.starts_definition(),
        }
    }

    fn starts_definition(&self) -> bool {
        let token = self.peek();
        let next = self.peek_at(1);
        token.kind == Kind::Identifier
            && DEFINITION_WORDS.contains(&self.text_of(token))
            && matches!(next.kind, Kind::Identifier | Kind::Literal(_) | Kind::Symbol(b'*'))
            // `enum E { struct = 1 }` or a field named like a keyword does not start a definition.
            && !matches!(self.peek_at(2).kind, Kind::Symbol(b',' | b';' | b')'))
    }

    fn peek(&self) -> &Token {
        self.peek_at(0)
    }

    fn peek_at(&self, ahead: usize) -> &Token {
        let last = self.tokens.len() - 1;
        &self.tokens[(self.at + ahead).min(last)]
    }

    fn text_of(&self, token: &Token) -> &str {
        &self.text[token.span.start as usize..token.span.end as usize]
    }

    /// Takes the next token; the end stays where it is.
    fn next(&mut self) -> Token {
        let token = self.peek().clone();
        if token.kind != Kind::End {
            self.at += 1;
        }
        token
    }

    fn previous_span(&self) -> Span {
        self.tokens[self.at.saturating_sub(1)].span
    }

    fn is_symbol(&self, symbol: u8) -> bool {
        self.peek().kind == Kind::Symbol(symbol)
    }

    fn take_symbol(&mut self, symbol: u8) -> bool {
        let found = self.is_symbol(symbol);
        self.at += usize::from(found);
        found
    }

    fn is_word(&self, word: &str) -> bool {
        let token = self.peek();
        token.kind == Kind::Identifier && self.text_of(token) == word
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        self.at += usize::from(found);
        found
    }

    fn take_separator(&mut self) {
        if !self.take_symbol(b',') {
            self.take_symbol(b';');
        }
    }

    fn expect_symbol(&mut self, symbol: u8, context: &str) -> Parsed<Span> {
        if self.is_symbol(symbol) {
            return Ok(self.next().span);
        }
        Err(self.unexpected(&format!("`{}`", char::from(symbol)), context))
    }

    /// A name without dots.
    fn expect_name(&mut self, what: &str) -> Parsed<Name> {
        if self.peek().kind != Kind::Identifier {
            return Err(self.unexpected(what, ""));
        }
        let name = self.dotted_name();
        if name.text.contains('.') {
            let title = format!("{what} cannot have a dot");
            let diagnostic = Diagnostic::error(name.span, title, "a plain name belongs here");
            self.diagnostics.push(diagnostic);
        }
        Ok(name)
    }

    fn expect_dotted_name(&mut self, what: &str) -> Parsed<Name> {
        if self.peek().kind != Kind::Identifier {
            return Err(self.unexpected(what, ""));
        }
        Ok(self.dotted_name())
    }

    /// The identifier under the cursor, which the caller has seen.
    fn dotted_name(&mut self) -> Name {
        let token = self.next();
        Name {
            text: self.text_of(&token).to_owned(),
            span: token.span,
        }
    }

    fn expect_literal(&mut self, what: &str) -> Parsed<(String, Span)> {
        let token = self.peek().clone();
        match token.kind {
            Kind::Literal(text) => {
                self.at += 1;
                Ok((text, token.span))
            }
            _ => Err(self.unexpected(what, "")),
        }
    }

    /// Reports the token under the cursor; `context` says where in the grammar we are, such as "after the enum's name".
    fn unexpected(&mut self, expected: &str, context: &str) -> Failed {
        let token = self.peek();
        let mut found = match &token.kind {
            Kind::End => "the end of the file".to_owned(),
            _ => format!("`{}`", self.text_of(token)),
        };
        if found.len() > 40 {
            "this".clone_into(&mut found);
        }
        let gap = if context.is_empty() { "" } else { " " };
        let title = format!("expected {expected}{gap}{context}, found {found}");
        let diagnostic = Diagnostic::error(token.span, title, format!("expected {expected}"));
        self.diagnostics.push(diagnostic);
        Failed
    }

    /// The documentation in front of the token under the cursor.
    fn doc(&self) -> Option<String> {
        let token = self.peek();
        let range = token.comments.start as usize..token.comments.end as usize;
        doc::doc_before(self.text, &self.comments[range], token.span.start)
    }

    /// Runs `rule` one level deeper, or refuses when types or values nest too deep for the stack.
    fn nested<T>(&mut self, rule: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth == DEPTH_MAX {
            let span = self.peek().span;
            let title = format!("nesting is deeper than {DEPTH_MAX}");
            self.diagnostics.push(
                Diagnostic::error(span, title, "too deep here")
                    .help("name a part with a typedef or a const"),
            );
            return Err(Failed);
        }
        self.depth += 1;
        let result = rule(self);
        self.depth -= 1;
        result
    }

    /// Annotations behind an element, and the separator behind them.
    fn tail(&mut self) -> Parsed<Vec<Annotation>> {
        let annotations = self.annotations()?;
        self.take_separator();
        Ok(annotations)
    }
}

/// Words that start a definition or a header.
const DEFINITION_WORDS: &[&str] = &[
    "const",
    "cpp_include",
    "enum",
    "exception",
    "include",
    "namespace",
    "senum",
    "service",
    "struct",
    "typedef",
    "union",
];

/// Open containers in one type or value. Far above real IDLs, far below the stack.
const DEPTH_MAX: usize = 128;
