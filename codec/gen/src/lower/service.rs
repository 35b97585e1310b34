//! Services: methods, inheritance, and what `oneway` and `throws` allow.

use super::{Lowerer, deprecation, scope::Class};
use crate::diagnostic::Diagnostic;
use crate::ir::{ItemId, ItemKind, Method, Presence};
use crate::source::FileId;
use crate::thrift::ast::{self, DefinitionKind, Shape, TypeKind};

impl Lowerer<'_> {
    /// Round three.
    pub(super) fn services(&mut self) {
        for index in 0..self.origins.len() {
            let (file, definition) = self.origins[index];
            let DefinitionKind::Service(service) = &definition.kind else {
                continue;
            };
            let parent = service
                .parent
                .as_ref()
                .and_then(|parent| self.parent_service(file, parent));
            let mut methods: Vec<Method> = Vec::new();
            for (position, function) in service.functions.iter().enumerate() {
                self.duplicate_method(function, &service.functions[..position]);
                if let Some(mode) = streaming_mode(function) {
                    self.streaming_method(function, &mode);
                    continue;
                }
                methods.push(self.method(file, function));
            }
            if let ItemKind::Service(lowered) = &mut self.program.items[index].kind {
                lowered.parent = parent;
                lowered.methods = methods;
            }
        }
        self.service_cycles();
    }

    fn parent_service(&mut self, file: FileId, parent: &ast::Name) -> Option<ItemId> {
        let found = self.find(file, Class::Service, &parent.text);
        if found.is_none() && !self.may_be_lost(file, &parent.text) {
            let title = format!("service `{}` is not defined", parent.text);
            let mut diagnostic = Diagnostic::error(parent.span, title, "unknown service");
            if self.find(file, Class::Type, &parent.text).is_some() {
                diagnostic = diagnostic.help("this is a type; a service extends a service");
            }
            self.diagnostics.push(diagnostic);
        }
        found
    }

    fn duplicate_method(&mut self, function: &ast::Function, earlier: &[ast::Function]) {
        let name = &function.name;
        if let Some(first) = earlier.iter().find(|other| other.name.text == name.text) {
            let title = format!("method `{}` is defined twice", name.text);
            self.diagnostics.push(
                Diagnostic::error(name.span, title, "defined again here")
                    .related(first.name.span, "first defined here"),
            );
        }
    }

    fn streaming_method(&mut self, function: &ast::Function, mode: &ast::Annotation) {
        let title = format!(
            "method `{}` is a stream and is left out",
            function.name.text
        );
        self.diagnostics.push(
            Diagnostic::warning(
                mode.span,
                title,
                "streams of Thrift structs are not generated",
            )
            .help("calls of the other methods of this service work"),
        );
    }

    fn method(&mut self, file: FileId, function: &ast::Function) -> Method {
        let is_void = matches!(function.result.kind, TypeKind::Void);
        let result = (!is_void).then(|| self.ty(file, &function.result));
        if let Some(oneway) = function.oneway {
            self.oneway(function, oneway, is_void);
        }
        let mut arguments = self.fields(file, &function.arguments, Shape::Struct);
        for argument in &mut arguments {
            // An argument is there or has its default; Apache ignores the word as well.
            if argument.presence == Presence::Optional {
                argument.presence = Presence::Implicit;
            }
        }
        let throws = self.fields(file, &function.throws, Shape::Struct);
        for (field, ast) in throws.iter().zip(&function.throws) {
            let is_exception = self.program.named(&field.ty).is_some_and(
                |item| matches!(&item.kind, ItemKind::Message(message) if message.is_exception),
            );
            if !is_exception {
                let title = format!("`{}` is not an exception", self.sources.text(ast.ty.span));
                self.diagnostics.push(
                    Diagnostic::error(ast.ty.span, title, "only exceptions can be thrown")
                        .help("define the type with `exception` instead of `struct`"),
                );
            }
        }
        Method {
            name: function.name.text.clone(),
            rust: String::new(),
            doc: function.doc.clone(),
            deprecated: deprecation(&function.annotations),
            oneway: function.oneway.is_some(),
            arguments,
            result,
            throws,
            args_type: String::new(),
            call_type: String::new(),
            result_type: String::new(),
            error_type: String::new(),
        }
    }

    fn oneway(&mut self, function: &ast::Function, oneway: crate::source::Span, is_void: bool) {
        let name = &function.name.text;
        if !is_void {
            self.diagnostics.push(
                Diagnostic::error(
                    function.result.span,
                    format!("oneway method `{name}` has a result"),
                    "no reply is sent that could carry it",
                )
                .related(oneway, "declared oneway here")
                .help("make the result `void`, or remove `oneway`"),
            );
        }
        if let Some(thrown) = function.throws.first() {
            self.diagnostics.push(
                Diagnostic::error(
                    thrown.name.span,
                    format!("oneway method `{name}` throws"),
                    "no reply is sent that could carry it",
                )
                .related(oneway, "declared oneway here")
                .help("remove `throws`, or remove `oneway`"),
            );
        }
    }
}

/// Kitex's annotation of a method that is not a single request and reply.
fn streaming_mode(function: &ast::Function) -> Option<ast::Annotation> {
    let mode = function
        .annotations
        .iter()
        .find(|annotation| annotation.key == "streaming.mode")?;
    (mode.value.as_deref() != Some("unary")).then(|| mode.clone())
}
