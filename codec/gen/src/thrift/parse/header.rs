//! Headers: `namespace`, `include`, and the header words of old versions.

use super::{Parsed, Parser};
use crate::diagnostic::Diagnostic;
use crate::thrift::ast::{File, Include, Name, Namespace};
use crate::thrift::lex::Kind;

impl Parser<'_> {
    pub(super) fn is_header(&self) -> bool {
        let token = self.peek();
        let word = self.text_of(token);
        token.kind == Kind::Identifier
            && (matches!(word, "namespace" | "include" | "cpp_include")
                || old_header(word).is_some())
    }

    pub(super) fn header(&mut self, file: &mut File) -> Parsed<()> {
        let word = self.dotted_name();
        match word.text.as_str() {
            "include" => {
                let (path, span) = self.expect_literal("the path of an IDL file in quotes")?;
                file.includes.push(Include { path, span });
            }
            "cpp_include" => {
                self.expect_literal("the path of a C++ header in quotes")?;
            }
            "namespace" => {
                let language = if self.take_symbol(b'*') {
                    "*".to_owned()
                } else {
                    self.expect_dotted_name("a language or `*`")?.text
                };
                file.namespaces.push(self.namespace(language)?);
            }
            old => self.old_header(old, &word, file)?,
        }
        self.tail()?;
        Ok(())
    }

    /// The name of a namespace; some old files write it in quotes.
    fn namespace(&mut self, language: String) -> Parsed<Namespace> {
        if self.peek().first_of_line {
            return Err(self.unexpected("the namespace's name", "on this line"));
        }
        let name = if let Kind::Literal(text) = self.peek().kind.clone() {
            let span = self.next().span;
            Name { text, span }
        } else {
            self.expect_dotted_name("the namespace's name")?
        };
        Ok(Namespace { language, name })
    }

    fn old_header(&mut self, word: &str, at: &Name, file: &mut File) -> Parsed<()> {
        let language = old_header(word).unwrap_or("*");
        let title = format!("`{word}` is a header of old Thrift versions");
        self.diagnostics.push(
            Diagnostic::warning(at.span, title, format!("read as `namespace {language}`"))
                .help(format!("write `namespace {language} …`")),
        );
        let namespace = self.namespace(language.to_owned())?;
        file.namespaces.push(namespace);
        Ok(())
    }
}

/// The language of a header word that `namespace` has replaced.
fn old_header(word: &str) -> Option<&'static str> {
    Some(match word {
        "cocoa_prefix" => "cocoa",
        "cpp_namespace" => "cpp",
        "csharp_namespace" => "csharp",
        "delphi_namespace" => "delphi",
        "java_package" => "java",
        "perl_package" => "perl",
        "php_namespace" => "php",
        "py_module" => "py",
        "ruby_namespace" => "rb",
        "smalltalk_category" | "smalltalk_prefix" => "st",
        "xsd_namespace" => "xsd",
        _ => return None,
    })
}
