// Makes the SDK's calls that come as lines of JSON, one after the other, and answers each with a line.
import { createInterface } from "node:readline";
import sdk from "@locally-com/lcly-js-sdk";

const client = new sdk(process.argv[2], process.argv[3]);
for await (const line of createInterface({ input: process.stdin })) {
  const { part, verb, method, params, headers } = JSON.parse(line);
  let answer;
  try {
    answer = await client[part]()[verb](method, params, headers);
  } catch (error) {
    answer = { thrown: String(error.message) };
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
}
