//! The resources that the configured connections can serve.

use std::sync::Arc;

use rmcp::model::{JsonObject, ResourceTemplate};

use super::{ResourceEntry, template::Template};
use crate::{
    connection::Connection,
    tool::{argument::Completers, toolbox::Toolbox},
};

/// A resource that can be read somewhere.
pub(crate) struct ResourceOffer {
    pub(crate) entry: &'static ResourceEntry,
    pub(crate) template: Template,
    /// What the variables can be, without that of the connection.
    pub(super) schema: JsonObject,
    pub(crate) completers: Completers,
    /// The connections that can serve it; empty for one whose URI names none.
    pub(crate) routes: Vec<Arc<Connection>>,
}

impl Toolbox {
    /// The resources that are offered, sorted by URI.
    pub(crate) fn resources(&self) -> &[ResourceOffer] {
        self.resources.get_or_init(|| {
            let entries = self.registry().resources();
            entries
                .filter_map(|entry| self.offer_resource(entry))
                .collect()
        })
    }

    /// The templates among them, as `resources/templates/list` shows them.
    pub(crate) fn resource_templates(&self) -> Vec<ResourceTemplate> {
        let offers = self.resources().iter();
        offers
            .filter(|offer| offer.template.variables().next().is_some())
            .map(|offer| {
                let meta = offer.entry.meta();
                ResourceTemplate::new(offer.template.text(), meta.name)
                    .with_title(meta.title)
                    .with_description(meta.description)
                    .with_mime_type(offer.entry.mime_type())
            })
            .collect()
    }

    fn offer_resource(&self, entry: &'static ResourceEntry) -> Option<ResourceOffer> {
        let template = Template::new(entry.uri());
        let gap = if template.is_routed() {
            self.gates.routed_gap(entry)
        } else {
            self.gates.server_gap(entry)
        };
        if gap.is_some() {
            return None;
        }
        let mut routes = Vec::new();
        if template.is_routed() {
            routes = self.gates.routes(entry);
            // On a connection that signs in a call names its cluster, and a URI has no place for that.
            let mut arguments = entry.meta().injected_arguments();
            if arguments.any(|argument| argument.if_signed_in().is_some()) {
                routes.retain(|connection| connection.config().services().is_some());
            }
            if routes.is_empty() {
                return None;
            }
        }
        let (schema, completers) = entry.schema_and_completers();
        Some(ResourceOffer {
            entry,
            template,
            schema,
            completers,
            routes,
        })
    }
}
