// A finished picture as code that makes it again.

const java = text => JSON.stringify(text).replace(/\u2028|\u2029/g, each => "\\u" + each.charCodeAt(0).toString(16));
const shell = text => "'" + text.replaceAll("'", "'\\''") + "'";

function single(job, picture) {
  const request = { ...job.request };
  delete request.count;
  if (picture.seed !== undefined) request.seed = picture.seed;
  return request;
}

export function asJava(job, picture) {
  const request = single(job, picture), lines = ["ImageRequest request = ImageRequest.builder()"];
  if (request.prompt) lines.push(`        .prompt(${java(request.prompt)})`);
  if (request.negativePrompt) lines.push(`        .negativePrompt(${java(request.negativePrompt)})`);
  if (request.size) lines.push(`        .size(${request.size.replace("x", ", ")})`);
  if (request.seed !== undefined) lines.push(`        .seed(${request.seed}L)`);
  if (request.steps) lines.push(`        .steps(${request.steps})`);
  if (request.guidanceScale !== undefined) lines.push(`        .guidanceScale(${Number(request.guidanceScale).toFixed(1)})`);
  if (request.strength !== undefined) lines.push(`        .strength(${request.strength})`);
  for (const name of ["quality", "style", "background", "outputFormat"]) if (request[name]) lines.push(`        .${name}(${java(request[name])})`);
  (request.inputs ?? []).forEach((_, index) => lines.push(`        .input(ImageInput.of(Path.of("input-${index + 1}.png")))`));
  if (request.mask) lines.push('        .mask(ImageInput.of(Path.of("mask.png")))');
  for (const [key, value] of Object.entries(request.options ?? {})) lines.push(`        .option(${java(key)}, ${java(value)})`);
  lines.push("        .build();", "generator.generate(request).image()", '        .writeTo(Path.of("picture.png"));');
  return lines.join("\n");
}

export function asCurl(job, picture) {
  const body = { generator: job.generator, ...single(job, picture) };
  if (job.inputs) body.inputs = job.inputs;
  if (job.mask) body.mask = job.mask;
  return `curl ${location.origin}/api/jobs \\\n  -H 'Content-Type: application/json' \\\n  -d ${shell(JSON.stringify(body))}`;
}

export function asYaml(job, picture, generator) {
  const request = single(job, picture);
  const command = ["./triptych generate --generator " + job.generator];
  if (request.seed !== undefined) command.push("--seed " + request.seed);
  if (request.size) command.push("--size " + request.size);
  if (request.steps) command.push("--steps " + request.steps);
  if (request.guidanceScale !== undefined) command.push("--guidance-scale " + request.guidanceScale);
  if (request.negativePrompt) command.push("--negative-prompt " + shell(request.negativePrompt));
  command.push(shell(request.prompt ?? ""));
  return `generators:\n  ${job.generator}: { type: ${generator?.provider ?? "local"}, model: ${generator?.model ?? "bundled"} }\n# ${command.join(" \\\n#   ")}`;
}
