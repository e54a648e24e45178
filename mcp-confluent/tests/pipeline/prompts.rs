//! Prompts and skills: what is listed, made and completed, with prompts made for it.

use std::sync::Arc;

use mcp_confluent::{policy::ToolFilter, prelude::*};
use rmcp::model::{
    ArgumentInfo, CompleteRequestParams, CompletionContext, ErrorCode, ErrorData,
    GetPromptRequestParams, GetPromptResult, JsonObject, Reference, Skill,
};
use rmcp::service::ServiceError;
use serde_json::{Value, json};

use crate::support::{Client, ERAS, Era, Person, Probe, config, connect, connect_with};

const TEST: Category = Category::Other("test");

/// Look at a probe.
#[confluent_prompt(category = crate::prompts::TEST, skill)]
async fn look_at_probe(
    probe: Option<Probe>,
    /// What to look for.
    #[arg(complete = ["Cracks", "cold", "heat"], length = 1..=10)]
    what: Option<String>,
) -> Result<String> {
    let probe = probe.map_or("some probe".to_owned(), |probe| probe.0);
    Ok(format!("Look at {probe} for {what:?}."))
}

/// Repair a probe.
#[confluent_prompt(category = crate::prompts::TEST)]
async fn repair_probe(
    probe: Probe,
    /// Part to repair.
    #[arg(complete = parts)]
    part: String,
) -> Result<Vec<Message>> {
    Ok(vec![
        Message::user(format!("Repair {part} of {}.", probe.0)),
        Message::assistant("With what?"),
        Message::user(Content::resource("probe://manual", "text/plain", "Hammer.")),
    ])
}

async fn parts(cx: ToolContext) -> Result<Vec<String>> {
    let probe = Probe::from_context(&cx).await?.0;
    Ok(vec![format!("wheel of {probe}")])
}

/// Ask before it is made.
#[confluent_prompt(category = crate::prompts::TEST)]
async fn asks_first(ask: Ask) -> Result<String> {
    ask.confirm("Really?").await?;
    Ok("Go on.".to_owned())
}

async fn get(client: &Client, name: &str, arguments: Value) -> Result<GetPromptResult, ErrorData> {
    let arguments: JsonObject = serde_json::from_value(arguments).unwrap();
    let request = GetPromptRequestParams::new(name).with_arguments(arguments);
    match client.get_prompt(request).await {
        Ok(result) => Ok(result),
        Err(ServiceError::McpError(error)) => Err(error),
        Err(other) => panic!("{name}: {other}"),
    }
}

fn texts(result: &GetPromptResult) -> Vec<Value> {
    let messages = serde_json::to_value(&result.messages).unwrap();
    messages.as_array().unwrap().clone()
}

#[tokio::test]
async fn prompts_are_listed_with_their_arguments() {
    for era in ERAS {
        let client = connect(
            config(&["probe-a", "other", "probe-b"]),
            Person::default(),
            era,
        )
        .await;
        let prompts = client.list_all_prompts().await.unwrap();
        let of = |name: &str| {
            let prompt = prompts.iter().find(|prompt| prompt.name == name).unwrap();
            serde_json::to_value(prompt).unwrap()
        };
        let look = of("look-at-probe");
        assert_eq!(look["title"], "Look at probe");
        assert_eq!(look["description"], "Look at a probe.");
        let argument = json!([
            {"name": "what", "description": "What to look for.", "required": false},
        ]);
        assert_eq!(look["arguments"], argument);
        // What works on a connection says on which.
        let repair = of("repair-probe");
        assert_eq!(repair["arguments"][0]["required"], true);
        assert_eq!(repair["arguments"][1]["name"], "connectionId");
        assert_eq!(repair["arguments"][1]["required"], true);
    }
}

#[tokio::test]
async fn a_prompt_is_made_of_what_it_was_given() {
    for era in ERAS {
        let client = connect(config(&["probe"]), Person::default(), era).await;
        let made = get(&client, "look-at-probe", json!({"what": "x"}))
            .await
            .unwrap();
        assert_eq!(made.description.as_deref(), Some("Look at a probe."));
        let text = json!({"type": "text", "text": "Look at some probe for Some(\"x\")."});
        assert_eq!(texts(&made), [json!({"role": "user", "content": text})]);
        let made = get(&client, "repair-probe", json!({"part": "the wheel"}))
            .await
            .unwrap();
        let messages = texts(&made);
        assert_eq!(messages[0]["content"]["text"], "Repair the wheel of probe.");
        assert_eq!(messages[1]["role"], "assistant");
        assert_eq!(messages[2]["content"]["resource"]["uri"], "probe://manual");
    }
}

#[tokio::test]
async fn wrong_arguments_are_all_named() {
    for era in ERAS {
        let client = connect(config(&["probe-a", "probe-b"]), Person::default(), era).await;
        let arguments = json!({"prt": "wheel", "connectionId": "probe-c"});
        let error = get(&client, "repair-probe", arguments).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::INVALID_PARAMS);
        for part in [
            "3 problems",
            "`part` is required",
            "did you mean `part`?",
            "probe-c",
        ] {
            assert!(
                error.message.contains(part),
                "{part} is not in {}",
                error.message
            );
        }
        let error = get(&client, "look-at-probe", json!({"what": "x".repeat(11)})).await;
        assert!(error.unwrap_err().message.contains("at most 10"));
        let error = get(&client, "look-at-prob", json!({})).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::INVALID_PARAMS);
        assert!(
            error.message.contains("did you mean `look-at-probe`?"),
            "{}",
            error.message
        );
    }
}

#[tokio::test]
async fn a_prompt_is_off_where_nothing_can_serve_it_or_the_operator_says_so() {
    let client = connect(config(&["other"]), Person::default(), Era::Session).await;
    let error = get(&client, "repair-probe", json!({"part": "x"}))
        .await
        .unwrap_err();
    assert!(
        error
            .message
            .contains("not available: the connection has no probe"),
        "{}",
        error.message
    );
    let filter = ToolFilter {
        block: ["look-at-probe".to_owned()].into(),
        ..ToolFilter::default()
    };
    let client = connect_with(config(&["probe"]), filter, Person::default(), Era::Session).await;
    let error = get(&client, "look-at-probe", json!({})).await.unwrap_err();
    assert!(
        error
            .message
            .contains("`--block-tools` or its file names it"),
        "{}",
        error.message
    );
    let prompts = client.list_all_prompts().await.unwrap();
    assert!(prompts.iter().all(|prompt| prompt.name != "look-at-probe"));
    let skills = client.list_all_skills().await.unwrap();
    assert!(skills.iter().all(|skill| skill.name() != "look-at-probe"));
}

#[tokio::test]
async fn a_person_is_asked_by_a_prompt_as_by_a_tool() {
    for era in ERAS {
        let person = Person {
            answer: Some(true),
            ..Person::default()
        };
        let questions = Arc::clone(&person.questions);
        let client = connect(config(&[]), person, era).await;
        let made = get(&client, "asks-first", json!({})).await.unwrap();
        assert_eq!(texts(&made)[0]["content"]["text"], "Go on.");
        assert_eq!(*questions.lock(), ["Really?"], "{era:?}");
        let client = connect(config(&[]), Person::default(), era).await;
        let error = get(&client, "asks-first", json!({})).await.unwrap_err();
        assert!(
            error.message.contains("cannot show questions"),
            "{}",
            error.message
        );
    }
}

#[tokio::test]
async fn arguments_are_completed() {
    for era in ERAS {
        let client = connect(config(&["probe-a", "probe-b"]), Person::default(), era).await;
        let complete = async |name: &str, argument: &str, value: &str, connection: Option<&str>| {
            let reference = Reference::for_prompt(name);
            let mut request =
                CompleteRequestParams::new(reference, ArgumentInfo::new(argument, value));
            request.context = connection.map(|id| {
                CompletionContext::with_arguments(
                    [("connectionId".to_owned(), id.to_owned())].into(),
                )
            });
            client.complete(request).await.unwrap().completion.values
        };
        let values = complete("look-at-probe", "what", "c", None).await;
        assert_eq!(values, ["Cracks", "cold"]);
        let values = complete("repair-probe", "connectionId", "", None).await;
        assert_eq!(values, ["probe-a", "probe-b"]);
        let values = complete("repair-probe", "part", "", Some("probe-b")).await;
        assert_eq!(values, ["wheel of probe-b"]);
        let values = complete("repair-probe", "part", "", None).await;
        assert_eq!(values.len(), 2);
    }
}

#[tokio::test]
async fn a_skill_is_its_prompt_as_a_file() {
    for era in ERAS {
        let client = connect(config(&["probe"]), Person::default(), era).await;
        let skills = client.list_all_skills().await.unwrap();
        let names: Vec<_> = skills.iter().map(Skill::name).collect();
        assert!(
            names.contains(&"look-at-probe") && !names.contains(&"repair-probe"),
            "{names:?}"
        );
        let skill = skills
            .iter()
            .find(|it| it.name() == "look-at-probe")
            .unwrap();
        assert_eq!(skill.uri, "skill://look-at-probe/SKILL.md");
        let request = rmcp::model::ReadResourceRequestParams::new(&skill.uri);
        let read = client.read_resource(request).await.unwrap();
        let rmcp::model::ResourceContents::TextResourceContents { text, .. } = &read.contents[0]
        else {
            panic!("not text")
        };
        assert_eq!(
            text,
            "---\nname: look-at-probe\ndescription: \"Look at a probe.\"\n---\n\n# Look at probe\n\n\
             Look at some probe for None.\n"
        );
        // The manifest holds what was read.
        let rmcp::model::SkillResources::Files(files) = &skill.resources else {
            panic!("no files")
        };
        files[0].verify(text.as_bytes()).unwrap();
        let request = rmcp::model::ReadResourceDirectoryRequestParams::new("skill://look-at-probe");
        let files = client
            .read_resource_directory(request)
            .await
            .unwrap()
            .resources;
        assert_eq!(files[0].uri, skill.uri);
    }
}
