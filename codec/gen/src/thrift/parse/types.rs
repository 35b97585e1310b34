//! Types: base types, containers, names.

use super::{Parsed, Parser};
use crate::diagnostic::Diagnostic;
use crate::thrift::ast::{Type, TypeKind};
use crate::thrift::lex::Kind;

impl Parser<'_> {
    /// A type of a result: any, or `void`.
    pub(super) fn result_type(&mut self) -> Parsed<Type> {
        let start = self.peek().span;
        if self.take_word("void") {
            self.annotations()?;
            return Ok(Type {
                kind: TypeKind::Void,
                span: start,
            });
        }
        self.field_type()
    }

    /// A type of a value.
    pub(super) fn field_type(&mut self) -> Parsed<Type> {
        self.nested(Self::any_type)
    }

    fn any_type(&mut self) -> Parsed<Type> {
        let token = self.peek().clone();
        if token.kind != Kind::Identifier {
            return Err(self.unexpected("a type", ""));
        }
        let word = self.dotted_name().text;
        let kind = match word.as_str() {
            "list" => self.list()?,
            "map" => self.map()?,
            "set" => self.set()?,
            "slist" => {
                let title = "`slist` is no longer part of Thrift";
                self.diagnostics
                    .push(Diagnostic::warning(token.span, title, "read as `string`"));
                TypeKind::String
            }
            word => base_type(word).unwrap_or(TypeKind::Named(word.to_owned())),
        };
        let span = token.span.to(self.previous_span());
        self.annotations()?;
        Ok(Type { kind, span })
    }

    /// `cpp_type "NAME"`, which means nothing here.
    fn cpp_type(&mut self) -> Parsed<()> {
        if self.take_word("cpp_type") {
            self.expect_literal("the name of a C++ type in quotes")?;
        }
        Ok(())
    }

    fn list(&mut self) -> Parsed<TypeKind> {
        self.cpp_type()?;
        self.expect_symbol(b'<', "after `list`")?;
        let item = self.field_type()?;
        self.expect_symbol(b'>', "behind the element's type")?;
        self.cpp_type()?;
        Ok(TypeKind::List(Box::new(item)))
    }

    fn set(&mut self) -> Parsed<TypeKind> {
        self.cpp_type()?;
        self.expect_symbol(b'<', "after `set`")?;
        let item = self.field_type()?;
        self.expect_symbol(b'>', "behind the element's type")?;
        Ok(TypeKind::Set(Box::new(item)))
    }

    fn map(&mut self) -> Parsed<TypeKind> {
        self.cpp_type()?;
        self.expect_symbol(b'<', "after `map`")?;
        let key = self.field_type()?;
        self.expect_symbol(b',', "between the types of key and value")?;
        let value = self.field_type()?;
        self.expect_symbol(b'>', "behind the value's type")?;
        Ok(TypeKind::Map(Box::new(key), Box::new(value)))
    }
}

fn base_type(word: &str) -> Option<TypeKind> {
    Some(match word {
        "binary" => TypeKind::Binary,
        "bool" => TypeKind::Bool,
        "byte" | "i8" => TypeKind::I8,
        "double" => TypeKind::Double,
        "i16" => TypeKind::I16,
        "i32" => TypeKind::I32,
        "i64" => TypeKind::I64,
        "string" => TypeKind::String,
        "uuid" => TypeKind::Uuid,
        "void" => TypeKind::Void,
        _ => return None,
    })
}
