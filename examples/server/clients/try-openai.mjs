// OpenAI's client for Node: makes, edits, varies, streams both, lists the models.
import assert from "node:assert";
import OpenAI, { toFile } from "openai";

const client = new OpenAI({ baseURL: process.env.BASE + "/v1", apiKey: process.env.TRIPTYCH_TOKEN ?? "none" });

const made = await client.images.generate({ model: "gpt-image-1", prompt: "a penguin in the snow", seed: 21 });
const picture = Buffer.from(made.data[0].b64_json, "base64");
assert.equal(picture.subarray(1, 4).toString(), "PNG");

const edited = await client.images.edit({ model: "gpt-image-1", prompt: "two apples", image: await toFile(picture, "start.png", { type: "image/png" }) });
assert.ok(edited.data[0].b64_json);

const types = [];
for await (const event of await client.images.generate({ model: "gpt-image-1", prompt: "a rainbow over a meadow", stream: true })) types.push(event.type);
assert.deepEqual(types, ["image_generation.completed"]);

types.length = 0;
for await (const event of await client.images.edit({ model: "gpt-image-1", prompt: "two apples", image: await toFile(picture, "start.png", { type: "image/png" }), stream: true })) types.push(event.type);
assert.deepEqual(types, ["image_edit.completed"]);

const varied = await client.images.createVariation({ image: await toFile(picture, "start.png", { type: "image/png" }) });
assert.ok(varied.data[0].b64_json);
assert.ok((await client.models.list()).data.length > 0);
