//! Stream Catalog: tags, and the topics of the broker that have them.
//!
//! A topic is in the catalog for as long as the broker has it. One that is created again has no tags.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use uuid::Uuid;

use super::call::{Call, Result, empty, ok};
use super::errors::ApiError;
use super::world::{CLUSTER, REGISTRY};
use crate::broker::now;
use crate::http::Answer;

/// The type of a topic in the catalog, the only one that the sandbox has.
const TOPIC: &str = "kafka_topic";
/// How many topics a search gives where it does not say.
const LIMIT: usize = 100;
const MAX_LIMIT: usize = 500;

/// What there is from the start.
const DEFINITIONS: [(&str, &str); 2] = [
    ("Public", "Anybody may read it"),
    ("Deprecated", "Do not build anything new on it"),
];

/// The tags.
#[derive(Debug)]
pub(super) struct Catalog {
    definitions: BTreeMap<String, Value>,
    /// The tags of topics, by the topics' ids.
    tagged: BTreeMap<Uuid, BTreeSet<String>>,
}

impl Catalog {
    pub(super) fn new() -> Self {
        let definitions = DEFINITIONS.map(|(name, description)| {
            let definition = json!({
                "name": name,
                "description": description,
                "entityTypes": [TOPIC],
            });
            (name.to_owned(), stamped(definition))
        });
        Self {
            definitions: BTreeMap::from(definitions),
            tagged: BTreeMap::new(),
        }
    }

    fn definition(&self, name: &str) -> Result<&Value> {
        self.definitions.get(name).ok_or_else(|| no_tag(name))
    }

    fn define(&mut self, definition: &Value) -> Result<Value> {
        let name = definition["name"].as_str().unwrap_or_default();
        let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | ' ');
        if !name.starts_with(|c: char| c.is_ascii_alphabetic()) || !name.chars().all(is_word) {
            return Err(ApiError::bad_request(format!(
                "{name:?} is no name for a tag: it begins with a letter and has letters, digits, \
                 spaces, dots and underscores"
            )));
        }
        if self.definitions.contains_key(name) {
            return Err(ApiError::new(409, format!("the tag {name} exists already")));
        }
        let definition = stamped(definition.clone());
        self.definitions.insert(name.to_owned(), definition.clone());
        Ok(definition)
    }

    fn tag(&mut self, topics: &[(String, Uuid)], asked: &Value) -> Result<Value> {
        let text = |name: &str| asked[name].as_str().unwrap_or_default();
        let (entity, tag) = (text("entityName"), text("typeName"));
        let id = find(topics, text("entityType"), entity)?;
        self.definition(tag)?;
        if !self.tagged.entry(id).or_default().insert(tag.to_owned()) {
            let message = format!("{entity} has the tag {tag} already");
            return Err(ApiError::new(409, message));
        }
        Ok(assignment(entity, id, tag))
    }

    fn tags(&self, id: Uuid) -> impl Iterator<Item = &String> {
        self.tagged.get(&id).into_iter().flatten()
    }

    fn entity(&self, name: &str, id: Uuid) -> Value {
        json!({
            "typeName": TOPIC,
            "attributes": { "name": name, "qualifiedName": qualified(name) },
            "guid": id.to_string(),
            "status": "ACTIVE",
            "displayText": name,
            "classificationNames": self.tags(id).collect::<Vec<_>>(),
            "meaningNames": [],
            "isIncomplete": false,
            "labels": [],
        })
    }
}

pub(super) fn answer(call: &mut Call<'_>) -> Result<Answer> {
    let topics = topics(call);
    let catalog = &mut call.world.catalog;
    catalog
        .tagged
        .retain(|id, _| topics.iter().any(|(_, topic)| topic == id));
    match call.route {
        "GET /catalog/v1/types/tagdefs" => {
            let prefix = call.request.query("prefix").unwrap_or_default();
            let definitions = catalog.definitions.iter();
            let definitions = definitions.filter(|(name, _)| name.starts_with(prefix));
            Ok(ok(&definitions.map(|(_, it)| it.clone()).collect()))
        }
        "POST /catalog/v1/types/tagdefs" => {
            let asked = call.body.as_array().into_iter().flatten();
            Ok(ok(&asked
                .map(|it| with_error(it, catalog.define(it)))
                .collect()))
        }
        "GET /catalog/v1/types/tagdefs/{tagName}" => {
            Ok(ok(catalog.definition(&call.path["tagName"])?))
        }
        "DELETE /catalog/v1/types/tagdefs/{tagName}" => {
            let name = &call.path["tagName"];
            catalog
                .definitions
                .remove(name)
                .ok_or_else(|| no_tag(name))?;
            for tags in catalog.tagged.values_mut() {
                tags.remove(name);
            }
            Ok(empty(204))
        }
        "POST /catalog/v1/entity/tags" => {
            let asked = call.body.as_array().into_iter().flatten();
            Ok(ok(&asked
                .map(|it| with_error(it, catalog.tag(&topics, it)))
                .collect()))
        }
        "GET /catalog/v1/entity/type/{typeName}/name/{qualifiedName}/tags" => {
            let name = call.path("qualifiedName");
            let id = find(&topics, call.path("typeName"), name)?;
            let tags = call.world.catalog.tags(id);
            Ok(ok(&tags.map(|tag| assignment(name, id, tag)).collect()))
        }
        "DELETE /catalog/v1/entity/type/{typeName}/name/{qualifiedName}/tags/{tagName}" => {
            let (name, tag) = (&call.path["qualifiedName"], &call.path["tagName"]);
            let id = find(&topics, &call.path["typeName"], name)?;
            let tags = catalog.tagged.get_mut(&id);
            if !tags.is_some_and(|tags| tags.remove(tag)) {
                return Err(ApiError::not_found(format!("tag {tag} on {name}")));
            }
            Ok(empty(204))
        }
        "GET /catalog/v1/search/basic" => search(call, &topics),
        route => Err(ApiError::new(501, format!("{route} is not in the sandbox"))),
    }
}

fn search(call: &Call<'_>, topics: &[(String, Uuid)]) -> Result<Answer> {
    let catalog = &call.world.catalog;
    let types = call.request.query.iter();
    let types: Vec<&str> = types
        .filter_map(|(name, value)| (name == "types").then_some(value.as_str()))
        .collect();
    let words = call.query("query").unwrap_or_default().to_lowercase();
    let tag = call.query("tag");
    if let Some(tag) = tag.filter(|tag| !catalog.definitions.contains_key(*tag)) {
        return Err(ApiError::bad_request(format!("{tag}: unknown tag")));
    }
    let limit = call.request.number("limit", LIMIT);
    if limit > MAX_LIMIT {
        return Err(ApiError::bad_request(format!(
            "limit is more than {MAX_LIMIT}"
        )));
    }
    let offset = call.request.number("offset", 0);
    let found = topics.iter().filter(|(name, id)| {
        (types.is_empty() || types.contains(&TOPIC))
            && name.to_lowercase().contains(words.trim_matches('*'))
            && tag.is_none_or(|tag| catalog.tags(*id).any(|has| has == tag))
    });
    let found = found.skip(offset).take(limit);
    let entities: Vec<Value> = found.map(|(name, id)| catalog.entity(name, *id)).collect();
    Ok(ok(&json!({
        "searchParameters": { "includeDeleted": false, "limit": limit, "offset": offset },
        "types": types,
        "entities": entities,
    })))
}

/// The topics that people made, by name.
fn topics(call: &Call<'_>) -> Vec<(String, Uuid)> {
    let state = call.broker.state.lock();
    let topics = state.topics.iter();
    let topics = topics.filter(|(name, _)| !name.starts_with("__"));
    topics.map(|(name, it)| (name.to_owned(), it.id)).collect()
}

fn qualified(topic: &str) -> String {
    format!("{REGISTRY}:{CLUSTER}:{topic}")
}

fn find(topics: &[(String, Uuid)], type_name: &str, name: &str) -> Result<Uuid> {
    let found = topics
        .iter()
        .find(|(topic, _)| type_name == TOPIC && qualified(topic) == name);
    found
        .map(|(_, id)| *id)
        .ok_or_else(|| ApiError::not_found(format!("{type_name} {name}")))
}

fn no_tag(name: &str) -> ApiError {
    ApiError::not_found(format!("tag {name}"))
}

fn assignment(entity: &str, id: Uuid, tag: &str) -> Value {
    json!({
        "typeName": tag,
        "entityGuid": id.to_string(),
        "entityStatus": "ACTIVE",
        "propagate": true,
        "entityType": TOPIC,
        "entityName": entity,
    })
}

fn stamped(mut definition: Value) -> Value {
    definition["category"] = json!("CLASSIFICATION");
    definition["guid"] = json!(Uuid::from_bytes(rand::random()).to_string());
    definition["createdBy"] = json!("sandbox");
    definition["createTime"] = json!(now());
    definition["version"] = json!(1);
    definition
}

/// One answer of several in a request: those that failed are as they were asked for, with an error.
fn with_error(asked: &Value, answered: Result<Value>) -> Value {
    answered.unwrap_or_else(|error| {
        let mut asked = asked.clone();
        asked["error"] = error.body("catalog");
        asked
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::CloudOptions;
    use crate::cloud::tests::{World, start};

    const TAGDEFS: &str = "/catalog/v1/types/tagdefs";
    const SEARCH: &str = "/catalog/v1/search/basic?types=kafka_topic";

    async fn tag(world: &World, topic: &str, tag: &str) -> Value {
        let asked = json!([{
            "entityType": TOPIC,
            "entityName": qualified(topic),
            "typeName": tag,
        }]);
        let (status, answer) = world
            .ask("POST", "/catalog/v1/entity/tags", Some(asked))
            .await;
        assert_eq!(status, 200, "{answer}");
        answer[0].clone()
    }

    async fn found(world: &World, query: &str) -> Vec<String> {
        let (status, answer) = world.ask("GET", &format!("{SEARCH}{query}"), None).await;
        assert_eq!(status, 200, "{answer}");
        let entities = answer["entities"].as_array().unwrap().iter();
        let names = entities.map(|it| it["attributes"]["name"].as_str().unwrap().to_owned());
        names.collect()
    }

    #[tokio::test]
    async fn topics_are_found_by_name_and_by_tag_while_they_are_there() {
        let world = start(CloudOptions::new()).await;
        world.broker.create_topic("Payments", 1).unwrap();
        assert_eq!(found(&world, "").await, ["Payments", "orders"]);
        assert_eq!(found(&world, "&query=pay").await, ["Payments"]);
        assert_eq!(found(&world, "&limit=1&offset=1").await, ["orders"]);

        let tagged = tag(&world, "orders", "Public").await;
        assert_eq!(
            (&tagged["typeName"], &tagged["error"]),
            (&json!("Public"), &Value::Null)
        );
        assert_eq!(found(&world, "&tag=Public").await, ["orders"]);
        assert_eq!(found(&world, "&tag=Deprecated").await, [""; 0]);
        let twice = tag(&world, "orders", "Public").await;
        assert_eq!(twice["error"]["error_code"], 409);

        world.broker.broker().state.lock().topics.delete("orders");
        assert_eq!(found(&world, "").await, ["Payments"]);
        world.broker.create_topic("orders", 1).unwrap();
        assert_eq!(found(&world, "&tag=Public").await, [""; 0]);
    }

    #[tokio::test]
    async fn a_tag_that_is_deleted_is_nowhere() {
        let world = start(CloudOptions::new()).await;
        let pii =
            json!([{"name": "PII", "entityTypes": [TOPIC]}, {"name": "Public"}, {"name": "1"}]);
        let (status, made) = world.ask("POST", TAGDEFS, Some(pii)).await;
        assert_eq!((status, &made[0]["error"]), (200, &Value::Null));
        assert_eq!(made[1]["error"]["error_code"], 409);
        assert_eq!(made[2]["error"]["error_code"], 400);
        tag(&world, "orders", "PII").await;
        let of_topic = format!(
            "/catalog/v1/entity/type/kafka_topic/name/{}/tags",
            qualified("orders")
        );
        let (_, tags) = world.ask("GET", &of_topic, None).await;
        assert_eq!(tags[0]["typeName"], "PII");

        assert_eq!(
            world.ask("DELETE", &format!("{TAGDEFS}/PII"), None).await.0,
            204
        );
        assert_eq!(
            world.ask("DELETE", &format!("{TAGDEFS}/PII"), None).await.0,
            404
        );
        assert_eq!(world.ask("GET", &of_topic, None).await.1, json!([]));
        assert_eq!(
            world
                .ask("DELETE", &format!("{of_topic}/PII"), None)
                .await
                .0,
            404
        );
        assert_eq!(
            world.ask("GET", &format!("{SEARCH}&tag=PII"), None).await.0,
            400
        );
        let (_, left) = world.ask("GET", &format!("{TAGDEFS}?prefix=P"), None).await;
        assert_eq!(left.as_array().unwrap().len(), 1);
        let missing = tag(&world, "orders", "PII").await;
        assert_eq!(missing["error"]["error_code"], 404);
        let nowhere = tag(&world, "none", "Public").await;
        assert_eq!(nowhere["error"]["error_code"], 404);
    }
}
