//! Values: literals, lists, maps, references.

use super::{Parsed, Parser};
use crate::thrift::ast::{Value, ValueKind};
use crate::thrift::lex::Kind;

impl Parser<'_> {
    pub(super) fn value(&mut self) -> Parsed<Value> {
        self.nested(Self::any_value)
    }

    fn any_value(&mut self) -> Parsed<Value> {
        let token = self.peek().clone();
        let kind = match token.kind {
            Kind::Int(number) => ValueKind::Int(number),
            Kind::Double(number) => ValueKind::Double(number),
            Kind::Literal(text) => ValueKind::String(text),
            Kind::Identifier => match self.text_of(&token) {
                "true" => ValueKind::Bool(true),
                "false" => ValueKind::Bool(false),
                name => ValueKind::Name(name.to_owned()),
            },
            Kind::Symbol(b'[') => return self.list_value(),
            Kind::Symbol(b'{') => return self.map_value(),
            Kind::Symbol(_) | Kind::End => return Err(self.unexpected("a value", "")),
        };
        self.at += 1;
        Ok(Value {
            kind,
            span: token.span,
        })
    }

    fn list_value(&mut self) -> Parsed<Value> {
        let open = self.next().span;
        let mut items = Vec::new();
        while !self.take_symbol(b']') {
            items.push(self.value()?);
            self.take_separator();
        }
        Ok(Value {
            kind: ValueKind::List(items),
            span: open.to(self.previous_span()),
        })
    }

    fn map_value(&mut self) -> Parsed<Value> {
        let open = self.next().span;
        let mut entries = Vec::new();
        while !self.take_symbol(b'}') {
            let key = self.value()?;
            self.expect_symbol(b':', "between key and value")?;
            entries.push((key, self.value()?));
            self.take_separator();
        }
        Ok(Value {
            kind: ValueKind::Map(entries),
            span: open.to(self.previous_span()),
        })
    }
}
