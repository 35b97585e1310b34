//! Services: methods of one message each way.

use protox::prost_reflect::{MessageDescriptor, MethodDescriptor, ServiceDescriptor};

use super::Lowerer;
use crate::diagnostic::Diagnostic;
use crate::ir::{Field, ItemKind, Method, Presence, Type};

impl Lowerer<'_> {
    pub(super) fn define_service(&mut self, service: &ServiceDescriptor) {
        let mut methods = Vec::new();
        for method in service.methods() {
            if method.is_client_streaming() || method.is_server_streaming() {
                self.streaming_method(&method);
            } else {
                methods.push(self.method(&method));
            }
        }
        let id = self.items[service.full_name()];
        if let ItemKind::Service(lowered) = &mut self.program.items[id.0].kind {
            lowered.methods = methods;
        }
    }

    fn streaming_method(&mut self, method: &MethodDescriptor) {
        let file = method.parent_file();
        // Services are only lowered of input files, which were read.
        let id = self.loaded.files[file.name()];
        let locations = &self.loaded.locations;
        let span = locations.span(self.sources, file.name(), id, method.path());
        let title = format!("method `{}` is a stream and is left out", method.name());
        let diagnostic = match span {
            Some(span) => Diagnostic::warning(span, title, "streams of messages are not generated"),
            None => return,
        };
        self.diagnostics
            .push(diagnostic.help("calls of the other methods of this service work"));
    }

    fn method(&self, method: &MethodDescriptor) -> Method {
        let options = method.method_descriptor_proto().options.as_ref();
        let is_deprecated = options.is_some_and(|options| options.deprecated());
        let request = Field {
            id: 1,
            name: "request".to_owned(),
            rust: String::new(),
            doc: None,
            ty: self.message(&method.input()),
            presence: Presence::Implicit,
            default: None,
            boxed: false,
        };
        let locations = &self.loaded.locations;
        Method {
            name: method.name().to_owned(),
            rust: String::new(),
            doc: locations.doc(method.parent_file().name(), method.path()),
            deprecated: is_deprecated.then(String::new),
            oneway: false,
            arguments: vec![request],
            result: Some(self.message(&method.output())),
            throws: Vec::new(),
            args_type: String::new(),
            call_type: String::new(),
            result_type: String::new(),
            error_type: String::new(),
        }
    }

    fn message(&self, message: &MessageDescriptor) -> Type {
        Type::Named(self.item(message.full_name()))
    }
}
