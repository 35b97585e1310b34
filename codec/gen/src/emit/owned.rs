//! `into_owned`: a function of the type itself, and the trait by which containers reach it.

use super::code::Code;
use super::scope::Scope;
use crate::ir::{Field, Presence, Type};

/// `.into_owned()` of a field, or nothing for what borrows nothing.
pub(super) fn call(scope: &Scope<'_>, field: &Field) -> &'static str {
    let is_wrapped = field.boxed || field.presence == Presence::Optional;
    if is_wrapped && scope.borrows(&field.ty) {
        scope.methods_of("::codec", "IntoOwned");
    }
    call_on(scope, &field.ty)
}

/// `.into_owned()` of a value, or nothing. Of containers it is the trait's method, which is brought into scope.
pub(super) fn call_on(scope: &Scope<'_>, ty: &Type) -> &'static str {
    if !scope.borrows(ty) {
        return "";
    }
    if matches!(
        scope.program.resolve(ty),
        Type::List(_) | Type::Map(..) | Type::Set(_)
    ) {
        scope.methods_of("::codec", "IntoOwned");
    }
    ".into_owned()"
}

/// Opens the function of a borrowing type; the caller writes the body and closes two blocks.
pub(super) fn open(code: &mut Code, elided: &str, owned: &str) {
    code.gap();
    code.open_item(&format!("impl {elided} {{"));
    code.doc("The same value, independent of the frame it was decoded from.");
    code.open_fn("pub fn into_owned", &["self".to_owned()], owned);
}

/// The trait of a borrowing type, by way of the function.
pub(super) fn delegate(code: &mut Code, scope: &Scope<'_>, elided: &str, owned: &str) {
    let trait_name = scope.outer("::codec", "IntoOwned");
    code.gap();
    code.open_impl("", &trait_name, elided);
    code.assign("type Owned", owned);
    code.line("");
    // Spelled out, not `Self::Owned`: a union's variant may have that name.
    code.open_fn("fn into_owned", &["self".to_owned()], owned);
    code.line("self.into_owned()");
    code.close("}");
    code.close("}");
}

/// The trait of a type that borrows nothing.
pub(super) fn own_itself(code: &mut Code, scope: &Scope<'_>, ty: &str) {
    let trait_name = scope.outer("::codec", "IntoOwned");
    code.gap();
    code.open_impl("", &trait_name, ty);
    code.line("type Owned = Self;");
    code.line("");
    code.open("fn into_owned(self) -> Self {");
    code.line("self");
    code.close("}");
    code.close("}");
}
