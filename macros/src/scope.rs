//! The scope of generated impls: a block in which one short name stands for what generated code uses.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Path;

/// Puts impls into a scope of their own, in which `__bulk` is the module `__private` of the crate. A path is four tokens there, not nine, and the
/// time that a declaration takes to compile grows with its tokens. Some of them are placed at types of the user, who may have imported what they name.
pub(crate) fn scoped(krate: &Path, impls: &TokenStream) -> TokenStream {
    if impls.is_empty() {
        return TokenStream::new();
    }
    quote! {
        #[allow(unused_qualifications)]
        const _: () = {
            use #krate::__private as __bulk;
            #impls
        };
    }
}
