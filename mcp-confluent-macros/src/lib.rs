//! The attributes of `mcp-confluent`. Use them through that crate, where they are documented:
//! what they write refers to it.
#![forbid(unsafe_code)]

mod argument;
mod attribute;
mod docs;
mod expand;
mod keys;
mod kind;
mod names;
mod problems;
mod signature;
mod suggest;
mod table;
mod types;
mod uri;

use proc_macro::TokenStream;

#[expect(missing_docs, reason = "documented where mcp-confluent re-exports it")]
#[proc_macro_attribute]
pub fn confluent_tool(attribute: TokenStream, item: TokenStream) -> TokenStream {
    expand::tool(attribute.into(), &item.into()).into()
}

#[expect(missing_docs, reason = "documented where mcp-confluent re-exports it")]
#[proc_macro_attribute]
pub fn confluent_resource(attribute: TokenStream, item: TokenStream) -> TokenStream {
    expand::resource(attribute.into(), &item.into()).into()
}

#[expect(missing_docs, reason = "documented where mcp-confluent re-exports it")]
#[proc_macro_attribute]
pub fn confluent_prompt(attribute: TokenStream, item: TokenStream) -> TokenStream {
    expand::prompt(attribute.into(), &item.into()).into()
}

#[expect(missing_docs, reason = "documented where mcp-confluent re-exports it")]
#[proc_macro_attribute]
pub fn confluent_type(attribute: TokenStream, item: TokenStream) -> TokenStream {
    types::expand(attribute.into(), item.into()).into()
}
