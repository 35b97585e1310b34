//! What stands inside braces and parentheses: fields, enum values, functions.

use super::{Parsed, Parser};
use crate::diagnostic::Diagnostic;
use crate::thrift::ast::{EnumValue, Field, Function, Requiredness};
use crate::thrift::lex::Kind;

impl Parser<'_> {
    /// `[ID:] [required|optional] TYPE [&] NAME [= VALUE] [xsd…] [(annotations)] [,;]`
    pub(super) fn field(&mut self) -> Parsed<Field> {
        let doc = self.doc();
        let id = self.field_id()?;
        let requiredness = self.requiredness();
        let ty = self.field_type()?;
        // The reference mark asks C++ for a pointer; recursion is found without it.
        self.take_symbol(b'&');
        let name = self.expect_name("the field's name")?;
        let default = if self.take_symbol(b'=') {
            Some(self.value()?)
        } else {
            None
        };
        self.xsd()?;
        self.tail()?;
        Ok(Field {
            id,
            requiredness,
            ty,
            name,
            default,
            doc,
        })
    }

    fn field_id(&mut self) -> Parsed<Option<(i64, crate::source::Span)>> {
        let token = self.peek().clone();
        let Kind::Int(id) = token.kind else {
            return Ok(None);
        };
        self.at += 1;
        self.expect_symbol(b':', "after the field's id")?;
        Ok(Some((id, token.span)))
    }

    /// `required` or `optional`, unless the word is itself the type of the field.
    fn requiredness(&mut self) -> Requiredness {
        if self.peek_at(1).kind != Kind::Identifier {
            Requiredness::Default
        } else if self.take_word("required") {
            Requiredness::Required
        } else if self.take_word("optional") {
            Requiredness::Optional
        } else {
            Requiredness::Default
        }
    }

    /// The XML schema words behind a field; they mean nothing here.
    fn xsd(&mut self) -> Parsed<()> {
        self.take_word("xsd_optional");
        self.take_word("xsd_nillable");
        if self.take_word("xsd_attrs") {
            self.expect_symbol(b'{', "after `xsd_attrs`")?;
            self.members(b'}', Self::field);
            self.expect_symbol(b'}', "behind the attributes")?;
        }
        Ok(())
    }

    pub(super) fn enum_value(&mut self) -> Parsed<EnumValue> {
        let doc = self.doc();
        let name = self.expect_name("an enum value's name")?;
        let number = if self.take_symbol(b'=') {
            let token = self.peek().clone();
            let Kind::Int(number) = token.kind else {
                return Err(self.unexpected("an integer", "after `=`"));
            };
            self.at += 1;
            Some((number, token.span))
        } else {
            None
        };
        self.tail()?;
        Ok(EnumValue { name, doc, number })
    }

    /// `[oneway] TYPE NAME(ARGUMENTS) [throws (EXCEPTIONS)] [(annotations)] [,;]`
    pub(super) fn function(&mut self) -> Parsed<Function> {
        let doc = self.doc();
        let start = self.peek().span;
        let oneway = if self.take_word("oneway") {
            Some(start)
        } else if self.is_word("async") && self.peek_at(1).kind == Kind::Identifier {
            self.at += 1;
            let title = "`async` is an old word for `oneway`";
            self.diagnostics
                .push(Diagnostic::warning(start, title, "read as `oneway`"));
            Some(start)
        } else {
            None
        };
        let result = self.result_type()?;
        let name = self.expect_name("the method's name")?;
        let arguments = self.field_list("after the method's name")?;
        let throws = if self.take_word("throws") {
            self.field_list("after `throws`")?
        } else {
            Vec::new()
        };
        let annotations = self.tail()?;
        Ok(Function {
            name,
            doc,
            oneway,
            result,
            arguments,
            throws,
            annotations,
        })
    }

    fn field_list(&mut self, context: &str) -> Parsed<Vec<Field>> {
        self.expect_symbol(b'(', context)?;
        let fields = self.members(b')', Self::field);
        self.expect_symbol(b')', "behind the list of fields")?;
        Ok(fields)
    }
}
