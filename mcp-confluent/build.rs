//! Present because cargo asks for a build script beside the `links` key; it does nothing.
fn main() {
    println!("cargo:rerun-if-changed=build.rs");
}
