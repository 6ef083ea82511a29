// Holds each manifest that it is given against the schema of its kind, as the API server would.
import { readFileSync } from "node:fs";
import { loadAll } from "js-yaml";

// A validator reads the fields that its schema has and passes over others, which the server refuses.
// So what no validator has read is misspelt, or in the wrong place.
class FieldsRead {
  #read = new Map();

  watch(value) {
    if (typeof value !== "object" || value === null) return value;
    if (!this.#read.has(value)) this.#read.set(value, new Set());
    const get = (object, key) => {
      this.#read.get(value).add(key);
      return this.watch(Reflect.get(object, key));
    };
    return new Proxy(value, { get });
  }

  unread(value, path = "") {
    if (typeof value !== "object" || value === null) return [];
    return Object.entries(value).flatMap(([key, inner]) =>
      this.#read.get(value)?.has(key) ? this.unread(inner, `${path}/${key}`) : [`${path}/${key}`],
    );
  }
}

let wrong = 0;
for (const file of process.argv.slice(2)) {
  for (const manifest of loadAll(readFileSync(file, "utf8"))) {
    const { apiVersion, kind } = manifest;
    if (kind === "Kustomization") continue; // Kustomize's own, which no server gets.
    try {
      const models = await import(`kubernetes-models/${apiVersion}`);
      const model = new models[kind](manifest);
      const fields = new FieldsRead();
      model.validate.call(fields.watch(model));
      const unknown = fields.unread(model);
      if (unknown.length > 0) throw new Error(`no such fields: ${unknown.join(", ")}`);
      console.log(`${file}: ${apiVersion} ${kind}`);
    } catch (error) {
      console.error(`${file}: ${apiVersion} ${kind}: ${error.message}`);
      wrong += 1;
    }
  }
}
process.exitCode = wrong === 0 ? 0 : 1;
