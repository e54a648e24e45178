"""Drives the server with the official Python SDK, in every mode the SDK has."""

import asyncio
import sys

import jsonschema
from mcp import Client, StdioServerParameters
from mcp.shared.exceptions import MCPError
from mcp.types import ElicitResult

MODES = {"legacy": "2025-11-25", "auto": "2026-07-28", "2026-07-28": "2026-07-28"}
DEADLINE = 120


class Person:
    """Answers what the server asks, and remembers the questions."""

    def __init__(self, action: str) -> None:
        self.action = action
        self.questions: list[str] = []

    async def __call__(self, _context, params) -> ElicitResult:
        self.questions.append(params.message)
        content = {"confirm": True} if self.action == "accept" else None
        return ElicitResult(action=self.action, content=content)


def check(condition: object, what: str) -> None:
    if not condition:
        raise AssertionError(what)


def text_of(result) -> str:
    return "\n".join(block.text for block in result.content)


async def call(client: Client, name: str, arguments: dict, schemas: dict) -> dict:
    """Calls a tool that has to go well; its structured content."""
    result = await client.call_tool(name, arguments)
    check(not result.is_error, f"{name}: {text_of(result)}")
    check(text_of(result), f"{name} says nothing")
    jsonschema.validate(result.structured_content, schemas[name])
    return result.structured_content


async def converse(binary: str, mode: str) -> None:
    server = StdioServerParameters(command=binary, args=["--sandbox"])
    person = Person("accept")
    async with Client(server, mode=mode, elicitation_callback=person) as client:
        check(client.protocol_version == MODES[mode], f"speaks {client.protocol_version}")
        tools = (await client.list_tools()).tools
        check(len(tools) >= 11, f"only {len(tools)} tools")
        for tool in tools:
            check(tool.title and tool.description, f"{tool.name} has no title or description")
            check(tool.output_schema, f"{tool.name} has no output schema")
        schemas = {tool.name: tool.output_schema for tool in tools}

        await call(client, "list-topics", {}, schemas)
        topic = {"topic": "from-python", "numPartitions": 2}
        await call(client, "create-topics", {"topics": [topic]}, schemas)
        record = {"topicName": "from-python", "value": {"message": {"greeting": "hello"}}}
        await call(client, "produce-message", record, schemas)
        seen = []

        async def progress(done: float, total: float | None, message: str | None) -> None:
            seen.append((done, total, message))

        read = await client.call_tool(
            "consume-messages", {"topics": [{"name": "from-python"}]}, progress_callback=progress
        )
        check(not read.is_error, text_of(read))
        check("hello" in str(read.structured_content), f"the record is missing: {text_of(read)}")

        wrong = await client.call_tool("list-topics", {"nonsense": 1})
        check(wrong.is_error and "nonsense" in text_of(wrong), "an unknown argument is not refused")
        try:
            await client.call_tool("list-topic", {})
        except MCPError as error:
            check("list-topics" in str(error), f"no suggestion: {error}")
        else:
            raise AssertionError("an unknown tool is no error")

        check(not person.questions, f"asked without a reason: {person.questions}")
        await call(client, "delete-topics", {"topicNames": ["from-python"]}, schemas)
        check(len(person.questions) == 1, f"asked {len(person.questions)} times before deleting")
        check("from-python" in person.questions[0], f"asked: {person.questions[0]}")

    person = Person("decline")
    async with Client(server, mode=mode, elicitation_callback=person) as client:
        await client.call_tool("create-topics", {"topics": [{"topic": "kept"}]})
        refused = await client.call_tool("delete-topics", {"topicNames": ["kept"]})
        check(refused.is_error and person.questions, "a declined question does not stop the deletion")
        left = await client.call_tool("list-topics", {})
        check("kept" in str(left.structured_content), "a topic is gone though the person said no")

    async with Client(server, mode=mode) as client:
        await client.call_tool("create-topics", {"topics": [{"topic": "kept"}]})
        plan = await client.call_tool("delete-topics", {"topicNames": ["kept"]})
        check(plan.is_error, "without anybody to ask, the first step must change nothing")
        token = plan.meta["confirmation"]["confirmToken"]
        done = await client.call_tool("delete-topics", {"topicNames": ["kept"], "confirmToken": token})
        check(not done.is_error, f"the second step: {text_of(done)}")


async def main() -> int:
    binary = sys.argv[1]
    failed = 0
    for mode in MODES:
        try:
            await asyncio.wait_for(converse(binary, mode), DEADLINE)
            print(f"pass  python sdk, mode {mode}")
        except Exception as error:  # one mode's failure must not hide another's
            failed += 1
            while isinstance(error, ExceptionGroup):
                error = error.exceptions[0]
            print(f"FAIL  python sdk, mode {mode}: {type(error).__name__}: {error}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
