// Reads a list of Kubernetes objects as JSON and prints what is wrong with each, as a list of lists, by the schemas of
// kubernetes-models. Those let fields pass that they do not know, so it is watched which ones they look at: a field that
// nobody looked at is a field that means nothing. NODE_PATH says where the packages are; import() itself does not ask it.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const PACKAGES = ["kubernetes-models", "@kubernetes-models/prometheus-operator"];

// The same value, which notes in `seen` the paths of what is read of it.
function watched(value, path, seen) {
  if (typeof value !== "object" || value === null) return value;
  return new Proxy(value, {
    get(target, key) {
      if (!Object.hasOwn(target, key)) return target[key];
      const inner = `${path}/${String(key)}`;
      seen.add(inner);
      return watched(target[key], inner, seen);
    },
  });
}

function* fields(value, path) {
  if (typeof value !== "object" || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    yield `${path}/${key}`;
    yield* fields(inner, `${path}/${key}`);
  }
}

async function problems(object) {
  const place = join(object.apiVersion ?? "", `${object.kind}.js`);
  const files = PACKAGES.map((name) => join(process.env.NODE_PATH, name, place)).filter(existsSync);
  if (files.length === 0) return [`nothing is known of ${object.apiVersion} ${object.kind}`];
  const { [object.kind]: Model } = await import(pathToFileURL(files[0]));
  const seen = new Set();
  try {
    Model.prototype.validate.call(watched(new Model(object), "", seen));
  } catch (error) {
    return [error.message];
  }
  // Of a field that is not known, what is in it is not known either: the outermost says it all.
  const unknown = [...fields(object, "")].filter((path) => !seen.has(path));
  return unknown.filter((path) => !unknown.includes(path.slice(0, path.lastIndexOf("/")))).map((path) => `${path} is no field of ${object.kind}`);
}

const found = [];
for (const object of JSON.parse(readFileSync(0, "utf8"))) found.push(await problems(object));
console.log(JSON.stringify(found));
