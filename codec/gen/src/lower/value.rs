//! Values: constants and defaults, checked against their types.
//!
//! References are replaced by what they refer to, so a value in the program stands alone. Apache's freedoms are kept: 0 and 1
//! are bools, an integer is a double, `{}` is an empty list, an enum takes a number that has a name.

use super::Lowerer;
use crate::diagnostic::Diagnostic;
use crate::ir::{Field, ItemId, ItemKind, Type, Value};
use crate::source::{FileId, Span};
use crate::thrift::ast::{self, DefinitionKind, ValueKind};

/// The value is wrong; its diagnostic is pushed.
pub(super) struct Wrong;

pub(super) type Checked = Result<Value, Wrong>;

impl<'a> Lowerer<'a> {
    /// Round four: constants, defaults of fields, defaults of arguments.
    pub(super) fn values(&mut self) {
        for index in 0..self.origins.len() {
            let (file, definition) = self.origins[index];
            match &definition.kind {
                DefinitionKind::Const { value, .. } => self.constant(ItemId(index), file, value),
                DefinitionKind::Struct { fields, .. } => self.field_defaults(index, file, fields),
                DefinitionKind::Service(service) => self.argument_defaults(index, file, service),
                DefinitionKind::Enum { .. } | DefinitionKind::Typedef { .. } => {}
            }
        }
    }

    fn constant(&mut self, id: ItemId, file: FileId, value: &'a ast::Value) {
        let ItemKind::Const(constant) = &self.program.item(id).kind else {
            return;
        };
        let ty = constant.ty.clone();
        self.open_constants.push(id);
        let checked = self.value(file, value, &ty);
        self.open_constants.pop();
        if let (Ok(value), ItemKind::Const(constant)) =
            (checked, &mut self.program.items[id.0].kind)
        {
            constant.value = value;
        }
    }

    fn field_defaults(&mut self, index: usize, file: FileId, fields: &'a [ast::Field]) {
        let types: Vec<Type> = match &self.program.items[index].kind {
            ItemKind::Message(message) => message
                .fields
                .iter()
                .map(|field| field.ty.clone())
                .collect(),
            ItemKind::Union(union) => union.fields.iter().map(|field| field.ty.clone()).collect(),
            _ => return,
        };
        let defaults = self.defaults(file, fields, &types);
        let is_union = matches!(self.program.items[index].kind, ItemKind::Union(_));
        if is_union {
            self.second_union_default(fields);
        }
        if let ItemKind::Message(crate::ir::Message { fields, .. })
        | ItemKind::Union(crate::ir::Union { fields, .. }) = &mut self.program.items[index].kind
        {
            set_defaults(fields, defaults);
        }
    }

    fn second_union_default(&mut self, fields: &[ast::Field]) {
        let mut with_default = fields.iter().filter(|field| field.default.is_some());
        if let (Some(first), Some(second)) = (with_default.next(), with_default.next()) {
            let title = "a union has two defaults";
            self.diagnostics.push(
                Diagnostic::error(second.name.span, title, "this field has one as well")
                    .related(first.name.span, "this field has a default")
                    .help("a union is one of its fields; keep one default"),
            );
        }
    }

    fn argument_defaults(&mut self, index: usize, file: FileId, service: &'a ast::Service) {
        let ItemKind::Service(lowered) = &self.program.items[index].kind else {
            return;
        };
        let types: Vec<(String, Vec<Type>)> = lowered
            .methods
            .iter()
            .map(|method| {
                let types = method.arguments.iter().map(|field| field.ty.clone());
                (method.name.clone(), types.collect())
            })
            .collect();
        for (position, (name, types)) in types.into_iter().enumerate() {
            let Some(function) = service
                .functions
                .iter()
                .find(|function| function.name.text == name)
            else {
                continue;
            };
            let defaults = self.defaults(file, &function.arguments, &types);
            if let ItemKind::Service(lowered) = &mut self.program.items[index].kind {
                set_defaults(&mut lowered.methods[position].arguments, defaults);
            }
        }
    }

    fn defaults(
        &mut self,
        file: FileId,
        fields: &'a [ast::Field],
        types: &[Type],
    ) -> Vec<Option<Value>> {
        fields
            .iter()
            .zip(types)
            .map(|(field, ty)| self.value(file, field.default.as_ref()?, ty).ok())
            .collect()
    }

    pub(super) fn value(&mut self, file: FileId, value: &'a ast::Value, ty: &Type) -> Checked {
        let ty = self.program.resolve(ty).clone();
        if let ValueKind::Name(name) = &value.kind {
            return self.reference(file, name, value.span, &ty);
        }
        match (&ty, &value.kind) {
            (Type::Bool, ValueKind::Bool(value)) => Ok(Value::Bool(*value)),
            (Type::Bool, ValueKind::Int(number @ (0 | 1))) => Ok(Value::Bool(*number == 1)),
            (Type::I8 | Type::I16 | Type::I32 | Type::I64, ValueKind::Int(number)) => {
                self.integer(*number, value.span, &ty)
            }
            (Type::I8 | Type::I16 | Type::I32 | Type::I64, ValueKind::Bool(value)) => {
                Ok(Value::Int(i64::from(*value)))
            }
            #[expect(
                clippy::cast_precision_loss,
                reason = "the IDL's author wrote an integer for a double"
            )]
            (Type::Double, ValueKind::Int(number)) => Ok(Value::Double(*number as f64)),
            (Type::Double, ValueKind::Double(number)) => Ok(Value::Double(*number)),
            (Type::String, ValueKind::String(text)) => Ok(Value::String(text.clone())),
            (Type::Binary, ValueKind::String(text)) => Ok(Value::Binary(text.clone().into_bytes())),
            (Type::Uuid, ValueKind::String(text)) => self.uuid(text, value.span),
            (Type::List(item) | Type::Set(item), ValueKind::List(values)) => {
                let values: Vec<Checked> = values
                    .iter()
                    .map(|value| self.value(file, value, item))
                    .collect();
                Ok(Value::List(values.into_iter().collect::<Result<_, _>>()?))
            }
            (Type::List(_) | Type::Set(_), ValueKind::Map(entries)) if entries.is_empty() => {
                Ok(Value::List(Vec::new()))
            }
            (Type::Map(..), ValueKind::List(values)) if values.is_empty() => {
                Ok(Value::Map(Vec::new()))
            }
            (Type::Map(key, value), ValueKind::Map(entries)) => self.map(file, entries, key, value),
            (Type::Named(id), ValueKind::Int(number)) if self.is_enum(*id) => {
                self.enum_number(*id, *number, value.span)
            }
            (Type::Named(id), ValueKind::Map(entries)) if !self.is_enum(*id) => {
                self.message(file, entries, *id, value.span)
            }
            _ => Err(self.wrong_type(value, &ty)),
        }
    }

    pub(super) fn is_enum(&self, id: ItemId) -> bool {
        matches!(self.program.item(id).kind, ItemKind::Enum(_))
    }

    fn wrong_type(&mut self, value: &ast::Value, ty: &Type) -> Wrong {
        let found = match &value.kind {
            ValueKind::Bool(_) => "a bool",
            ValueKind::Double(_) => "a double",
            ValueKind::Int(_) => "an integer",
            ValueKind::List(_) => "a list",
            ValueKind::Map(_) => "a map",
            ValueKind::Name(_) => "a name",
            ValueKind::String(_) => "a string",
        };
        let expected = self.describe(ty);
        let title = format!("expected a value of type {expected}, found {found}");
        let label = format!("not a value of type {expected}");
        let mut diagnostic = Diagnostic::error(value.span, title, label);
        if let (Type::Named(_), ValueKind::List(_)) = (ty, &value.kind) {
            diagnostic = diagnostic.help("a struct's value is written `{\"field\": value}`");
        }
        self.diagnostics.push(diagnostic);
        Wrong
    }

    /// The IDL's words for a type.
    pub(super) fn describe(&self, ty: &Type) -> String {
        match ty {
            Type::Binary => "`binary`".to_owned(),
            Type::Bool => "`bool`".to_owned(),
            Type::Double => "`double`".to_owned(),
            Type::I8 => "`i8`".to_owned(),
            Type::I16 => "`i16`".to_owned(),
            Type::I32 => "`i32`".to_owned(),
            Type::I64 => "`i64`".to_owned(),
            Type::List(_) => "list".to_owned(),
            Type::Map(..) => "map".to_owned(),
            Type::Set(_) => "set".to_owned(),
            Type::String => "`string`".to_owned(),
            Type::Uuid => "`uuid`".to_owned(),
            Type::Named(id) => format!("`{}`", self.program.item(*id).name),
        }
    }

    pub(super) fn integer(&mut self, number: i64, span: Span, ty: &Type) -> Checked {
        let bits = match ty {
            Type::I8 => 8,
            Type::I16 => 16,
            Type::I32 => 32,
            _ => 64,
        };
        let max = i64::MAX >> (64 - bits);
        let min = -max - 1;
        if (min..=max).contains(&number) {
            return Ok(Value::Int(number));
        }
        let title = format!("{number} does not fit {}", self.describe(ty));
        self.diagnostics.push(
            Diagnostic::error(span, title, "out of range")
                .help(format!("the range is {min} to {max}")),
        );
        Err(Wrong)
    }

    fn uuid(&mut self, text: &str, span: Span) -> Checked {
        let plain = text
            .strip_prefix('{')
            .and_then(|text| text.strip_suffix('}'))
            .unwrap_or(text);
        let dashes_stand = plain.len() == 36
            && plain
                .char_indices()
                .all(|(at, char)| (char == '-') == matches!(at, 8 | 13 | 18 | 23));
        let digits: String = plain.chars().filter(|char| *char != '-').collect();
        match u128::from_str_radix(&digits, 16) {
            Ok(number) if dashes_stand && digits.len() == 32 => {
                Ok(Value::Uuid(number.to_be_bytes()))
            }
            _ => {
                let title = "this is not the text of a uuid";
                self.diagnostics.push(
                    Diagnostic::error(span, title, "not a uuid")
                        .help("write it as 00112233-4455-6677-8899-aabbccddeeff"),
                );
                Err(Wrong)
            }
        }
    }

    fn map(
        &mut self,
        file: FileId,
        entries: &'a [(ast::Value, ast::Value)],
        key: &Type,
        value: &Type,
    ) -> Checked {
        let mut list = Vec::new();
        let mut is_wrong = false;
        for (key_value, value_value) in entries {
            match (
                self.value(file, key_value, key),
                self.value(file, value_value, value),
            ) {
                (Ok(key), Ok(value)) => list.push((key, value)),
                _ => is_wrong = true,
            }
        }
        if is_wrong {
            Err(Wrong)
        } else {
            Ok(Value::Map(list))
        }
    }

    /// `{"field": value}` for a struct, exception or union.
    fn message(
        &mut self,
        file: FileId,
        entries: &'a [(ast::Value, ast::Value)],
        id: ItemId,
        span: Span,
    ) -> Checked {
        let (fields, is_union) = match &self.program.item(id).kind {
            ItemKind::Message(message) => (&message.fields, false),
            ItemKind::Union(union) => (&union.fields, true),
            _ => (&Vec::new(), false),
        };
        let fields: Vec<(String, Type)> = fields
            .iter()
            .map(|field| (field.name.clone(), field.ty.clone()))
            .collect();
        let mut members = Vec::new();
        let mut is_wrong = false;
        for (key, value) in entries {
            match self.member(file, key, value, &fields, id) {
                Ok(member) => members.push(member),
                Err(Wrong) => is_wrong = true,
            }
        }
        if is_wrong {
            return Err(Wrong);
        }
        if !is_union {
            // A later entry for the same field wins, as in Apache's maps.
            members.reverse();
            members.sort_by_key(|(index, _)| *index);
            members.dedup_by_key(|(index, _)| *index);
            return Ok(Value::Message(id, members));
        }
        if let (1, Some((index, value))) = (members.len(), members.pop()) {
            return Ok(Value::Union(id, index, Box::new(value)));
        }
        let title = "a union's value has exactly one field";
        self.diagnostics
            .push(Diagnostic::error(span, title, "write one field here"));
        Err(Wrong)
    }

    fn member(
        &mut self,
        file: FileId,
        key: &ast::Value,
        value: &'a ast::Value,
        fields: &[(String, Type)],
        id: ItemId,
    ) -> Result<(usize, Value), Wrong> {
        let ValueKind::String(name) = &key.kind else {
            let title = "expected a field's name";
            self.diagnostics.push(Diagnostic::error(
                key.span,
                title,
                "a name in quotes belongs here",
            ));
            return Err(Wrong);
        };
        let Some(index) = fields.iter().position(|(field, _)| field == name) else {
            let title = format!("`{}` has no field `{name}`", self.program.item(id).name);
            self.diagnostics
                .push(Diagnostic::error(key.span, title, "no such field"));
            return Err(Wrong);
        };
        Ok((index, self.value(file, value, &fields[index].1)?))
    }
}

fn set_defaults(fields: &mut [Field], defaults: Vec<Option<Value>>) {
    for (field, default) in fields.iter_mut().zip(defaults) {
        field.default = default;
    }
}
