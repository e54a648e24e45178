//! What `resources/list` shows: resources without variables, those that only a connection is chosen
//! for, and the live instances of templates that ask for it.

use std::{collections::BTreeMap, sync::Arc};

use rmcp::model::{JsonObject, ListResourcesResult, Resource};
use tokio_util::sync::CancellationToken;

use super::{
    offer::ResourceOffer,
    template::{CONNECTION, Template},
};
use crate::{
    connection::Connection,
    tool::{complete::Question, toolbox::Toolbox},
};

/// How many resources a page shows.
const PAGE: usize = 200;

impl Toolbox {
    /// One page of the resources, sorted by URI, going on behind the URI that `cursor` is.
    pub(crate) async fn list_resources(
        &self,
        cursor: Option<&str>,
        caller: &str,
        cancel: &CancellationToken,
    ) -> ListResourcesResult {
        let mut resources = self.all_resources(caller, cancel).await;
        if let Some(last) = cursor {
            resources.retain(|uri, _| uri.as_str() > last);
        }
        let more = resources.len() > PAGE;
        let page: Vec<_> = resources.into_values().take(PAGE).collect();
        let next_cursor = page.last().filter(|_| more).map(|last| last.uri.clone());
        let mut result = ListResourcesResult::with_all_items(page);
        result.next_cursor = next_cursor;
        result
    }

    /// Every resource there is now, by URI.
    pub(crate) async fn all_resources(
        &self,
        caller: &str,
        cancel: &CancellationToken,
    ) -> BTreeMap<String, Resource> {
        let mut resources = BTreeMap::new();
        let mut add = |resource: Resource| {
            resources.insert(resource.uri.clone(), resource);
        };
        let mut live = Vec::new();
        for offer in self.resources() {
            let mut variables = offer.template.variables();
            let besides = variables.find(|name| *name != CONNECTION);
            match besides {
                None if offer.template.is_routed() => offer
                    .routes
                    .iter()
                    .filter_map(|route| of_connection(offer, route))
                    .for_each(&mut add),
                None => add(described(
                    offer,
                    offer.template.text(),
                    offer.entry.meta().name,
                )),
                Some(variable) if offer.entry.is_listed() => live.push((offer, variable)),
                Some(_) => {}
            }
        }
        let mut questions = Vec::new();
        let mut asked_for = Vec::new();
        for (offer, variable) in live {
            let completers = offer.completers.iter();
            for (_, completer) in completers.filter(|(name, _)| *name == variable) {
                let on_each = Question::on(offer.entry.meta(), *completer, &offer.routes);
                asked_for.extend(on_each.iter().map(|_| (offer, variable)));
                questions.extend(on_each);
            }
        }
        let nothing = JsonObject::new();
        for (index, value) in self.ask_all(&questions, &nothing, caller, cancel).await {
            let (offer, variable) = asked_for[index];
            let connection = questions[index].connection.as_ref();
            if let Some(uri) = uri_of(&offer.template, connection, variable, &value) {
                let title = format!("{} {value}", offer.entry.meta().title);
                add(Resource::new(uri, value)
                    .with_title(title)
                    .with_mime_type(offer.entry.mime_type()));
            }
        }
        resources
    }
}

fn uri_of(
    template: &Template,
    place: Option<&Arc<Connection>>,
    variable: &str,
    value: &str,
) -> Option<String> {
    let connection = place.map_or("", |place| place.id());
    template.expand(&[(CONNECTION, connection), (variable, value)])
}

fn of_connection(offer: &ResourceOffer, route: &Connection) -> Option<Resource> {
    let uri = offer.template.expand(&[(CONNECTION, route.id())])?;
    let mut resource = described(offer, &uri, route.id());
    resource.title = Some(format!("{} {}", offer.entry.meta().title, route.id()));
    Some(resource)
}

fn described(offer: &ResourceOffer, uri: &str, name: &str) -> Resource {
    let meta = offer.entry.meta();
    Resource::new(uri, name)
        .with_title(meta.title)
        .with_description(meta.description)
        .with_mime_type(offer.entry.mime_type())
}
