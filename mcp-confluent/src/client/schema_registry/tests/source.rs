//! What the codecs are given.

use crate::codec::{self, SchemaKind, SchemaRef, SchemaSource as _};

use super::*;

const POINT: &str = "syntax = \"proto3\";\npackage geo;\nmessage Point { double x = 1; }\n";
const ROUTE: &str = "syntax = \"proto3\";\nimport \"point.proto\";\nmessage Route { repeated geo.Point points = 1; }\n";
const TRIP: &str = "syntax = \"proto3\";\nimport \"route.proto\";\nimport \"point.proto\";\nmessage Trip { Route route = 1; geo.Point home = 2; }\n";

fn protobuf(text: &str, references: &[(&str, String)]) -> Schema {
    let references = references.iter().map(|(name, subject)| Reference {
        name: (*name).to_owned(),
        subject: subject.clone(),
        version: 1,
    });
    Schema {
        references: references.collect(),
        ..Schema::new(SchemaType::Protobuf, text)
    }
}

/// Registers a schema that refers to two others, one of which refers to the other.
async fn register_trip(on: &Fixture) -> Registration {
    let (point, route) = (on.subject("point"), on.subject("route"));
    on.register("point", &protobuf(POINT, &[])).await;
    let point = ("point.proto", point);
    on.register("route", &protobuf(ROUTE, std::slice::from_ref(&point)))
        .await;
    let references = [("route.proto", route), point];
    on.register("trip", &protobuf(TRIP, &references)).await
}

fn names(schema: &codec::Schema) -> Vec<&str> {
    let references = schema.references().iter();
    references
        .map(|reference| reference.name.as_str())
        .collect()
}

#[tokio::test]
async fn a_schema_comes_with_all_it_refers_to() {
    let on = Fixture::start().await;
    let id = register_trip(&on).await.id;
    let source = on.client.source(&call(), Some(on.subject("trip")));
    let trip = source.schema(SchemaRef::Id(id)).await.expect("a schema");
    assert_eq!(
        (trip.id, trip.schema.kind()),
        (Some(id), SchemaKind::Protobuf)
    );
    assert!(trip.schema.text().contains("message Trip"));
    assert_eq!(names(&trip.schema), ["route.proto", "point.proto"]);
    let route = &trip.schema.references()[0];
    assert_eq!((&route.subject, route.version), (&on.subject("route"), 1));
    assert_eq!(names(&route.schema), ["point.proto"]);
    let value = json!({"route": {"points": [{"x": 1.5}]}, "home": {}});
    let prepared = codec::Codec::default().prepare(&trip.schema, &value, None);
    assert_eq!(prepared.expect("bytes").record_name(), Some("Trip"));
    // Nothing but the id and the subject is needed for it again.
    let version = on
        .client
        .version(&call(), &on.subject("trip"), Version::Latest, false)
        .await
        .expect("a version");
    if let Some(registry) = &on.sandbox {
        registry.stop();
    }
    let again = on
        .client
        .source(&call(), Some(on.subject("trip")))
        .schema(SchemaRef::Id(id))
        .await;
    assert!(Arc::ptr_eq(&again.expect("a schema"), &trip));
    let again = on.client.resolved_version(&call(), &version).await;
    assert!(Arc::ptr_eq(&again.expect("a schema"), &trip));
}

#[tokio::test]
async fn a_guid_leads_to_the_same_schema() {
    let on = Fixture::sandbox().await;
    let registered = register_trip(&on).await;
    let guid = registered.guid.expect("a GUID").parse().expect("a GUID");
    let source = on.client.source(&call(), None);
    let by_guid = source
        .schema(SchemaRef::Guid(guid))
        .await
        .expect("a schema");
    let by_id = source.schema(SchemaRef::Id(registered.id)).await;
    assert_eq!((by_guid.id, by_guid.guid), (None, Some(guid)));
    assert_eq!(by_id.expect("a schema").guid, Some(guid));
    assert_eq!(names(&by_guid.schema), ["route.proto", "point.proto"]);
}

#[tokio::test]
async fn ids_and_references_are_those_of_the_context() {
    let on = Fixture::sandbox().await;
    on.register("s", &record("R", &["a"])).await;
    let base = avro(&json!({"type": "fixed", "name": "F", "size": 2}));
    let user = Schema {
        references: vec![Reference {
            name: "F".to_owned(),
            subject: "base".to_owned(),
            version: 1,
        }],
        ..avro(&json!({"type": "array", "items": "F"}))
    };
    for (subject, schema) in [(":.staging:base", &base), (":.staging:user", &user)] {
        let registered = on.client.register(&call(), subject, schema, false).await;
        registered.expect("a version");
    }
    let source = on.client.source(&call(), Some(":.staging:user".to_owned()));
    let user = source.schema(SchemaRef::Id(2)).await.expect("a schema");
    assert_eq!(user.schema.references()[0].subject, ":.staging:base");
    let one = source.schema(SchemaRef::Id(1)).await.expect("a schema");
    assert!(one.schema.text().contains("fixed"), "{one:?}");
    let source = on.client.source(&call(), None);
    let one = source.schema(SchemaRef::Id(1)).await.expect("a schema");
    assert!(one.schema.text().contains("record"), "{one:?}");
}

#[tokio::test]
async fn a_subject_without_a_context_leads_to_the_one_that_has_it() {
    let on = Fixture::sandbox().await;
    for (context, size) in [(".staging", 2), (".prod", 3)] {
        let base = avro(&json!({"type": "fixed", "name": "F", "size": size}));
        let user = Schema {
            references: vec![Reference {
                name: "F".to_owned(),
                subject: "base".to_owned(),
                version: 1,
            }],
            ..avro(&json!({"type": "array", "items": "F"}))
        };
        let user_of = format!(":{context}:of{context}-value");
        for (subject, schema) in [(format!(":{context}:base"), &base), (user_of, &user)] {
            let registered = on.client.register(&call(), &subject, schema, false).await;
            registered.expect("a version");
        }
    }
    // The same id, asked for one after the other, and again without the registry.
    for _ in 0..2 {
        for (context, size) in [(".staging", 2), (".prod", 3)] {
            let subject = format!("of{context}-value");
            let source = on.client.source(&call(), Some(subject));
            let user = source.schema(SchemaRef::Id(2)).await.expect("a schema");
            let base = &user.schema.references()[0];
            assert_eq!(base.subject, format!(":{context}:base"));
            assert!(
                base.schema.text().contains(&format!("\"size\":{size}")),
                "{base:?}"
            );
        }
        on.sandbox.as_ref().expect("the sandbox").stop();
    }
}

#[tokio::test]
async fn a_reference_to_the_latest_version_is_not_remembered() {
    let on = Fixture::sandbox().await;
    let user = |version| RegisteredSchema {
        subject: on.subject("user"),
        version: 1,
        id: 700,
        guid: None,
        schema: Schema {
            references: vec![Reference {
                name: "R".to_owned(),
                subject: on.subject("base"),
                version,
            }],
            ..avro(&json!({"type": "array", "items": "R"}))
        },
    };
    for (number, fields) in [(1, &["a", "b"][..]), (2, &["a"])] {
        on.register("base", &record("R", fields)).await;
        let linked = on.client.resolved_version(&call(), &user(-1)).await;
        let linked = linked.expect("a schema");
        assert_eq!(linked.schema.references()[0].version, number);
    }
    // One to a number is.
    let linked = on.client.resolved_version(&call(), &user(1)).await;
    assert_eq!(linked.expect("a schema").schema.references()[0].version, 1);
    on.sandbox.as_ref().expect("the sandbox").stop();
    let linked = on.client.resolved_version(&call(), &user(1)).await;
    assert_eq!(linked.expect("a schema").schema.references()[0].version, 1);
}

#[tokio::test]
async fn what_failed_is_not_asked_for_again_in_the_same_call() {
    let on = Fixture::sandbox().await;
    let id = SchemaRef::Id(on.register("s", &record("R", &["a"])).await.id);
    let registry = on.sandbox.as_ref().expect("the sandbox");
    registry.fail_next(1, 500);
    let source = on.client.source(&call(), None);
    for _ in 0..2 {
        failed(source.schema(id).await, ErrorKind::Upstream, None);
    }
    let missing = source.schema(SchemaRef::Id(1_999_999_999)).await;
    failed(missing, ErrorKind::NotFound, Some("40403"));
    let next_call = on.client.source(&call(), None);
    next_call.schema(id).await.expect("a schema");
}

#[tokio::test]
async fn a_schema_of_a_language_without_codec_is_named() {
    let on = Fixture::sandbox().await;
    let odd = Schema::new(SchemaType::Other("XML".to_owned()), "<a/>");
    let error = on.client.with_references(&call(), &odd, None).await;
    let error = failed(error, ErrorKind::Unsupported, None);
    assert!(error.message().contains("XML"), "{error}");
}
