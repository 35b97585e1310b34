//! Fields of structs, arguments and exceptions: ids, names, types.
//!
//! A field without an id, or with one that is not positive, gets the next of -1, -2, … as Apache's compiler assigns them, so
//! such IDLs stay compatible on the wire.

use super::Lowerer;
use crate::diagnostic::Diagnostic;
use crate::ir::{Field, Presence};
use crate::source::FileId;
use crate::thrift::ast::{self, Requiredness, Shape};

impl Lowerer<'_> {
    /// Lowers a list of fields, without their defaults.
    pub(super) fn fields(
        &mut self,
        file: FileId,
        fields: &[ast::Field],
        shape: Shape,
    ) -> Vec<Field> {
        let mut list: Vec<Field> = Vec::new();
        let mut next_automatic = -1i16;
        for (index, field) in fields.iter().enumerate() {
            let id = self.field_id(field, &mut next_automatic);
            self.duplicate_field(id, field, &fields[..index], &list);
            list.push(Field {
                id,
                name: field.name.text.clone(),
                rust: String::new(),
                doc: field.doc.clone(),
                ty: self.ty(file, &field.ty),
                presence: self.presence(field, shape),
                default: None,
                boxed: false,
            });
        }
        list
    }

    fn field_id(&mut self, field: &ast::Field, next_automatic: &mut i16) -> i16 {
        let mut automatic = || {
            let id = *next_automatic;
            *next_automatic = id.saturating_sub(1);
            id
        };
        match field.id {
            None => {
                let id = automatic();
                self.diagnostics.push(
                    Diagnostic::warning(
                        field.name.span,
                        format!("field `{}` has no id", field.name.text),
                        format!("it gets {id}, by its position"),
                    )
                    .help("write an id such as `1:` so that the order of fields can change"),
                );
                id
            }
            Some((id, span)) if id <= 0 => {
                let automatic = automatic();
                self.diagnostics.push(
                    Diagnostic::warning(
                        span,
                        format!("field id {id} is not positive"),
                        format!("{automatic} is used instead, as Apache's compiler does"),
                    )
                    .help("ids start at 1"),
                );
                automatic
            }
            Some((id, span)) => i16::try_from(id).unwrap_or_else(|_| {
                let title = format!("field id {id} is too large");
                self.diagnostics.push(
                    Diagnostic::error(span, title, "ids are 16 bits wide")
                        .help(format!("the largest is {}", i16::MAX)),
                );
                0
            }),
        }
    }

    fn duplicate_field(
        &mut self,
        id: i16,
        field: &ast::Field,
        earlier: &[ast::Field],
        lowered: &[Field],
    ) {
        let name = &field.name;
        if let Some(first) = earlier.iter().find(|other| other.name.text == name.text) {
            self.diagnostics.push(
                Diagnostic::error(
                    name.span,
                    format!("field `{}` is defined twice", name.text),
                    "defined again here",
                )
                .related(first.name.span, "first defined here"),
            );
        }
        // Zero stands for an id that was reported.
        if let Some(index) = lowered.iter().position(|other| other.id == id && id != 0) {
            let first = &earlier[index];
            let span = |field: &ast::Field| field.id.map_or(field.name.span, |(_, span)| span);
            self.diagnostics.push(
                Diagnostic::error(
                    span(field),
                    format!("field id {id} is used twice"),
                    format!("`{}` needs an id of its own", name.text),
                )
                .related(span(first), format!("`{}` has it", first.name.text)),
            );
        }
    }

    fn presence(&mut self, field: &ast::Field, shape: Shape) -> Presence {
        match (shape, field.requiredness) {
            (Shape::Union, Requiredness::Required) => {
                let title = format!("union field `{}` cannot be required", field.name.text);
                self.diagnostics.push(Diagnostic::warning(
                    field.name.span,
                    title,
                    "read as if the word were not there",
                ));
                Presence::Optional
            }
            (Shape::Union, _) | (_, Requiredness::Optional) => Presence::Optional,
            (_, Requiredness::Required) => Presence::Required,
            (_, Requiredness::Default) => Presence::Implicit,
        }
    }
}
