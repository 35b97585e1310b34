//! Values by name: constants, and the values of enums.

use super::value::{Checked, Wrong};
use super::{Lowerer, scope::Class};
use crate::diagnostic::Diagnostic;
use crate::ir::{ItemId, ItemKind, Type, Value};
use crate::source::{FileId, Span};
use crate::thrift::ast::DefinitionKind;

impl Lowerer<'_> {
    /// A number where a value of an enum belongs: it must have a name.
    pub(super) fn enum_number(&mut self, id: ItemId, number: i64, span: Span) -> Checked {
        let item = self.program.item(id);
        let known = match (&item.kind, i32::try_from(number)) {
            (ItemKind::Enum(values), Ok(number)) => values
                .values
                .iter()
                .any(|value| value.number == number)
                .then_some(number),
            _ => None,
        };
        if let Some(number) = known {
            return Ok(Value::Enum(id, number));
        }
        let title = format!("enum `{}` has no value {number}", item.name);
        self.diagnostics.push(
            Diagnostic::error(span, title, "no name for this number")
                .help("use one of its names, as in `Enum.NAME`"),
        );
        Err(Wrong)
    }

    /// `NAME`, `Enum.NAME`, `file.NAME`, `file.Enum.NAME`.
    pub(super) fn reference(&mut self, file: FileId, name: &str, span: Span, ty: &Type) -> Checked {
        if let Some(found) = self.enum_member(file, name, span, ty) {
            return found;
        }
        let Some(id) = self.find(file, Class::Const, name) else {
            if self.may_be_lost(file, name) {
                return Err(Wrong);
            }
            let title = format!("`{name}` is not defined");
            let mut diagnostic =
                Diagnostic::error(span, title, "no constant or enum value has this name");
            if let Type::Named(id) = ty
                && let ItemKind::Enum(values) = &self.program.item(*id).kind
                && values.values.iter().any(|value| value.name == name)
            {
                let owner = &self.program.item(*id).name;
                diagnostic = diagnostic.help(format!("write `{owner}.{name}`"));
            }
            self.diagnostics.push(diagnostic);
            return Err(Wrong);
        };
        let (origin, definition) = self.origins[id.0];
        let DefinitionKind::Const { value, .. } = &definition.kind else {
            return Err(Wrong);
        };
        if self.open_constants.contains(&id) {
            let title = format!("constant `{name}` is defined by itself");
            self.diagnostics.push(
                Diagnostic::error(span, title, "this closes the circle")
                    .related(definition.name.span, "defined here"),
            );
            return Err(Wrong);
        }
        self.open_constants.push(id);
        let checked = self.value(origin, value, ty);
        self.open_constants.pop();
        checked
    }

    /// The value of `Enum.NAME`, if the part before the last dot is an enum. In place of a number it is its number.
    fn enum_member(&mut self, file: FileId, name: &str, span: Span, ty: &Type) -> Option<Checked> {
        let (owner, member) = name.rsplit_once('.')?;
        let Some(named) = self.find(file, Class::Type, owner) else {
            return self.unprefixed_enum_member(owner, member, ty);
        };
        let number_in = |lowerer: &Self, id: ItemId| match &lowerer.program.item(id).kind {
            ItemKind::Enum(values) => {
                let mut values = values.values.iter();
                values
                    .find(|value| value.name == member)
                    .map(|value| value.number)
            }
            _ => None,
        };
        if !self.is_enum(named) {
            return None;
        }
        match (ty, number_in(self, named)) {
            (Type::Named(id), Some(number)) if *id == named => Some(Ok(Value::Enum(*id, number))),
            (Type::Named(id), found) if self.is_enum(*id) => Some(self.foreign_enum_member(
                *id,
                number_in(self, *id),
                found.is_some(),
                name,
                span,
            )),
            (Type::Named(_), _) => None,
            (_, Some(number)) => Some(match ty {
                Type::Double => Ok(Value::Double(f64::from(number))),
                Type::I8 | Type::I16 | Type::I32 | Type::I64 => {
                    self.integer(i64::from(number), span, ty)
                }
                _ => Err(self.wrong_enum_use(name, ty, span)),
            }),
            (_, None) => {
                let title = format!("enum `{owner}` has no value `{member}`");
                self.diagnostics
                    .push(Diagnostic::error(span, title, "no such value"));
                Some(Err(Wrong))
            }
        }
    }

    /// `Enum.NAME` for an enum of an included file whose prefix was left out; Apache takes it.
    fn unprefixed_enum_member(&self, owner: &str, member: &str, ty: &Type) -> Option<Checked> {
        let Type::Named(id) = ty else {
            return None;
        };
        let item = self.program.item(*id);
        let ItemKind::Enum(values) = &item.kind else {
            return None;
        };
        let value = values.values.iter().find(|value| value.name == member)?;
        (item.name == owner).then_some(Ok(Value::Enum(*id, value.number)))
    }

    /// `Other.NAME` where a value of enum `id` belongs. Apache looks at the name only, and so do IDLs of its test suite.
    fn foreign_enum_member(
        &mut self,
        id: ItemId,
        number: Option<i32>,
        exists: bool,
        name: &str,
        span: Span,
    ) -> Checked {
        let expected = self.program.item(id).name.clone();
        let member = name.rsplit('.').next().unwrap_or(name);
        if let Some(number) = number {
            let title = format!("`{name}` is not of enum `{expected}`");
            self.diagnostics.push(
                Diagnostic::warning(span, title, format!("read as `{expected}.{member}`"))
                    .help(format!("write `{expected}.{member}`")),
            );
            return Ok(Value::Enum(id, number));
        }
        let title = if exists {
            format!("`{name}` is not of enum `{expected}`")
        } else {
            format!("enum `{expected}` has no value `{member}`")
        };
        self.diagnostics.push(Diagnostic::error(
            span,
            title,
            format!("a value of `{expected}` belongs here"),
        ));
        Err(Wrong)
    }

    fn wrong_enum_use(&mut self, name: &str, ty: &Type, span: Span) -> Wrong {
        let expected = self.describe(ty);
        let title = format!("expected a value of type {expected}, found enum value `{name}`");
        self.diagnostics.push(Diagnostic::error(
            span,
            title,
            format!("not a value of type {expected}"),
        ));
        Wrong
    }
}
