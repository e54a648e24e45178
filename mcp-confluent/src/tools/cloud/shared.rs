//! How a resource looks in prose.

/// `lkc-1 "orders", AWS eu-central-1, PROVISIONED`: what is not known is left out.
pub(in crate::tools) fn line(
    id: &str,
    name: Option<&str>,
    facts: impl IntoIterator<Item = Option<String>>,
) -> String {
    let mut line = id.to_owned();
    if let Some(name) = name {
        line.push_str(&format!(" {name:?}"));
    }
    for fact in facts.into_iter().flatten() {
        line.push_str(", ");
        line.push_str(&fact);
    }
    line
}

/// A cloud and its region.
pub(in crate::tools) fn place(cloud: Option<&str>, region: Option<&str>) -> Option<String> {
    let parts: Vec<_> = [cloud, region].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

/// `made 2026-03-02T08:15:00Z`.
pub(in crate::tools) fn fact(what: &str, value: Option<&String>) -> Option<String> {
    value.map(|value| format!("{what} {value}"))
}
