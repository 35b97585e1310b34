//! Annotations: `(key = "value", key)`.

use super::{Parsed, Parser};
use crate::thrift::ast::Annotation;

impl Parser<'_> {
    /// The annotations under the cursor; none when there is no parenthesis.
    pub(super) fn annotations(&mut self) -> Parsed<Vec<Annotation>> {
        let mut list = Vec::new();
        if !self.take_symbol(b'(') {
            return Ok(list);
        }
        while !self.take_symbol(b')') {
            let key = self.expect_dotted_name("an annotation's name or `)`")?;
            let value = if self.take_symbol(b'=') {
                Some(self.expect_literal("the annotation's value in quotes")?.0)
            } else {
                None
            };
            list.push(Annotation {
                key: key.text,
                value,
                span: key.span.to(self.previous_span()),
            });
            self.take_separator();
        }
        Ok(list)
    }
}
