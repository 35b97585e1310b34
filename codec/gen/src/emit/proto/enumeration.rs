//! Enums: the same open newtype as Thrift's, with what protobuf has to know about the numbers.

use crate::emit::code::Code;
use crate::emit::scope::Scope;
use crate::emit::{enumeration, owned};
use crate::ir::Item;
use crate::names;
use crate::proto::model::Enum;

pub(in crate::emit) fn emit(code: &mut Code, scope: &Scope<'_>, item: &Item, proto: &Enum) {
    let name = names::escape(&item.rust);
    enumeration::newtype(code, scope, item, &proto.values, proto.default());
    let what = scope.outer("::codec::protobuf", "Enum");
    code.gap();
    code.open_impl("", &what, &name);
    code.open("fn from_number(number: i32) -> Self {");
    code.line("Self(number)");
    code.close("}");
    code.line("");
    code.open("fn number(self) -> i32 {");
    code.line("self.0");
    code.close("}");
    code.line("");
    code.open("fn is_known(self) -> bool {");
    code.line("self.name().is_some()");
    code.close("}");
    code.close("}");
    owned::own_itself(code, scope, &name);
}
