//! Finding topics.

use super::{
    CatalogClient, TopicEntity,
    model::{Entity, Found},
    tags::look_at_tags,
};
use crate::{
    client::http::{Call, Request},
    error::{ErrorKind, Result, ToolError},
};

/// The type of topics in the catalog.
pub const TOPIC: &str = "kafka_topic";
/// How many topics a search gives at most.
pub const MAX_FOUND: usize = 500;
/// How many searches a name is looked for in.
const MAX_SEARCHES: usize = 20;

/// Which topics are looked for.
#[derive(Debug, Clone, Copy)]
pub struct Search<'a> {
    /// Words that they match; all if left out.
    pub words: Option<&'a str>,
    /// A tag that they have.
    pub tag: Option<&'a str>,
    /// How many at most, up to [`MAX_FOUND`].
    pub limit: usize,
    /// How many of those that match are skipped.
    pub offset: usize,
}

impl CatalogClient {
    /// Topics that match: `GET /catalog/v1/search/basic`.
    pub async fn search_topics(&self, call: &Call, search: Search<'_>) -> Result<Vec<TopicEntity>> {
        let request = Request::get("/catalog/v1/search/basic")
            .query("types", TOPIC)
            .query_if_some("query", search.words)
            .query_if_some("tag", search.tag)
            .query("limit", search.limit)
            .query("offset", search.offset);
        let found = self.http.fetch(call, request).await;
        let found: Found = found.map_err(|error| match search.tag {
            Some(tag) => look_at_tags(error, tag),
            None => error,
        })?;
        let entities: Vec<Entity> = found.entities.unwrap_or_default();
        Ok(entities.into_iter().map(TopicEntity::from).collect())
    }

    /// The full name of a topic, `lsrc-…:lkc-…:name`: what is given if it is one, or else that of the
    /// topic called so in the cluster of the connection.
    ///
    /// # Errors
    /// The catalog has no such topic, or it is in several clusters.
    pub async fn qualified_name(&self, call: &Call, topic: &str) -> Result<String> {
        // The name of a topic has no colon.
        if topic.contains(':') {
            return Ok(topic.to_owned());
        }
        let mut names = Vec::new();
        for round in 0..MAX_SEARCHES {
            let search = Search {
                words: Some(topic),
                tag: None,
                limit: MAX_FOUND,
                offset: round * MAX_FOUND,
            };
            let found = self.search_topics(call, search).await?;
            let last = found.len() < MAX_FOUND;
            let wanted = found.into_iter().filter(|entity| {
                entity.name == topic
                    && (self.cluster.is_none() || entity.cluster() == self.cluster.as_deref())
            });
            names.extend(wanted.map(|entity| entity.qualified_name));
            if last || (!names.is_empty() && self.cluster.is_some()) {
                break;
            }
        }
        names.sort_unstable();
        names.dedup();
        match names.len() {
            1 => Ok(names.swap_remove(0)),
            0 => Err(self.no_topic(topic)),
            _ => {
                names.truncate(10);
                let message = format!("the topic `{topic}` is in several clusters");
                Err(ToolError::argument(message)
                    .hint(format!("name it in full: {}", names.join(" or "))))
            }
        }
    }

    fn no_topic(&self, topic: &str) -> ToolError {
        let place = match &self.cluster {
            Some(cluster) => format!(" of the cluster {cluster}"),
            None => String::new(),
        };
        ToolError::new(
            ErrorKind::NotFound,
            format!("the catalog has no topic `{topic}`{place}"),
        )
        .hint("search for it by a part of its name; a new topic is in the catalog after a while")
    }
}
