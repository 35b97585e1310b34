//! Definitions: `const`, `typedef`, `enum`, `struct`, `union`, `exception`, `service`, and the old `senum`.

use super::{Failed, Parsed, Parser};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::thrift::ast::{Definition, DefinitionKind, Name, Service, Shape, Type, TypeKind};
use crate::thrift::lex::Kind;

impl Parser<'_> {
    /// One definition; None for a stray separator, which Apache allows behind some definitions.
    pub(super) fn definition(&mut self) -> Parsed<Option<Definition>> {
        if self.take_symbol(b',') || self.take_symbol(b';') {
            return Ok(None);
        }
        let doc = self.doc();
        let token = self.peek().clone();
        let word = match token.kind {
            Kind::Identifier => self.text_of(&token).to_owned(),
            _ => return Err(self.unexpected("a definition", "")),
        };
        let rule = match word.as_str() {
            "const" => Self::constant,
            "enum" => Self::enumeration,
            "exception" => Self::exception,
            "senum" => Self::string_enumeration,
            "service" => Self::service,
            "struct" => Self::structure,
            "typedef" => Self::typedef,
            "union" => Self::union,
            _ => return Err(self.unknown_definition(&word, token.span)),
        };
        self.at += 1;
        let (name, kind) = rule(self)?;
        let annotations = self.tail()?;
        Ok(Some(Definition {
            name,
            doc,
            annotations,
            kind,
        }))
    }

    fn unknown_definition(&mut self, word: &str, span: Span) -> Failed {
        let words = super::DEFINITION_WORDS;
        let guess = words.iter().find(|known| similar(known, word));
        let mut diagnostic = Diagnostic::error(
            span,
            format!("expected a definition, found `{word}`"),
            "no definition starts with this word",
        );
        diagnostic = match guess {
            Some(guess) => diagnostic.help(format!("did you mean `{guess}`?")),
            None => diagnostic.help(
                "definitions start with const, typedef, enum, struct, union, exception or service",
            ),
        };
        self.diagnostics.push(diagnostic);
        Failed
    }

    fn constant(&mut self) -> Parsed<(Name, DefinitionKind)> {
        let ty = self.field_type()?;
        let name = self.expect_name("the constant's name")?;
        self.expect_symbol(b'=', "and a value")?;
        let value = self.value()?;
        Ok((name, DefinitionKind::Const { ty, value }))
    }

    fn typedef(&mut self) -> Parsed<(Name, DefinitionKind)> {
        let ty = self.field_type()?;
        let name = self.expect_name("the typedef's name")?;
        Ok((name, DefinitionKind::Typedef { ty }))
    }

    fn enumeration(&mut self) -> Parsed<(Name, DefinitionKind)> {
        let name = self.expect_name("the enum's name")?;
        let values = self.braced(&name, "enum", Self::enum_value)?;
        Ok((name, DefinitionKind::Enum { values }))
    }

    fn structure(&mut self) -> Parsed<(Name, DefinitionKind)> {
        self.fielded(Shape::Struct, "struct")
    }

    fn union(&mut self) -> Parsed<(Name, DefinitionKind)> {
        self.fielded(Shape::Union, "union")
    }

    fn exception(&mut self) -> Parsed<(Name, DefinitionKind)> {
        self.fielded(Shape::Exception, "exception")
    }

    fn fielded(&mut self, shape: Shape, what: &str) -> Parsed<(Name, DefinitionKind)> {
        let name = self.expect_name(&format!("the {what}'s name"))?;
        self.take_word("xsd_all");
        let fields = self.braced(&name, what, Self::field)?;
        Ok((name, DefinitionKind::Struct { shape, fields }))
    }

    fn service(&mut self) -> Parsed<(Name, DefinitionKind)> {
        let name = self.expect_name("the service's name")?;
        let parent = if self.take_word("extends") {
            Some(self.expect_dotted_name("the name of the parent service")?)
        } else {
            None
        };
        let functions = self.braced(&name, "service", Self::function)?;
        let service = Service { parent, functions };
        Ok((name, DefinitionKind::Service(service)))
    }

    /// `senum Name { "a", "b" }` of old versions: a string with a list of known values.
    fn string_enumeration(&mut self) -> Parsed<(Name, DefinitionKind)> {
        let name = self.expect_name("the senum's name")?;
        self.diagnostics.push(
            Diagnostic::warning(
                name.span,
                "`senum` is no longer part of Thrift",
                "read as a typedef of `string`",
            )
            .help(format!("write `typedef string {}`", name.text)),
        );
        self.braced(&name, "senum", |parser| {
            parser.expect_literal("a string")?;
            parser.take_separator();
            Ok(())
        })?;
        let ty = Type {
            kind: TypeKind::String,
            span: name.span,
        };
        Ok((name, DefinitionKind::Typedef { ty }))
    }

    /// `{ member … }`. Broken members are reported and left out.
    fn braced<T>(
        &mut self,
        name: &Name,
        what: &str,
        member: impl Fn(&mut Self) -> Parsed<T>,
    ) -> Parsed<Vec<T>> {
        let open = self.expect_symbol(b'{', &format!("after the {what}'s name"))?;
        let members = self.members(b'}', member);
        if self.take_symbol(b'}') {
            return Ok(members);
        }
        let found = self.peek().span;
        let title = format!("{what} `{}` is not closed", name.text);
        self.diagnostics.push(
            Diagnostic::error(found, title, "expected `}` before this")
                .related(open, "this brace is open"),
        );
        // The body is whole as far as it goes; the definition that follows is parsed as usual.
        Ok(members)
    }

    /// Members up to the end of the body, which stays under the cursor.
    pub(super) fn members<T>(
        &mut self,
        close: u8,
        member: impl Fn(&mut Self) -> Parsed<T>,
    ) -> Vec<T> {
        let mut list = Vec::new();
        while !self.is_body_end(close) {
            let start = self.at;
            match member(self) {
                Ok(member) => list.push(member),
                Err(Failed) => self.recover_member(start, close),
            }
        }
        list
    }
}

/// Whether the words differ by one letter more, less or other, or by two swapped neighbours.
pub(crate) fn similar(known: &str, word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    let (known, word) = (known.as_bytes(), word.as_bytes());
    let common = known.iter().zip(word).take_while(|(a, b)| a == b).count();
    let (known, word) = (&known[common..], &word[common..]);
    match known.len().cmp(&word.len()) {
        std::cmp::Ordering::Less => known == &word[1..],
        std::cmp::Ordering::Greater => &known[1..] == word,
        std::cmp::Ordering::Equal if known.len() < 2 => true,
        std::cmp::Ordering::Equal => {
            known[1..] == word[1..]
                || (known[0] == word[1] && known[1] == word[0] && known[2..] == word[2..])
        }
    }
}
