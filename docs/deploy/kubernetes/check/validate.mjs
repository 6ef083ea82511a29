// Holds each manifest that it is given against the schema of its kind, as the API server would.
import { readFileSync } from "node:fs";
import { loadAll } from "js-yaml";

let wrong = 0;
for (const file of process.argv.slice(2)) {
  for (const manifest of loadAll(readFileSync(file, "utf8"))) {
    const { apiVersion, kind } = manifest;
    if (kind === "Kustomization") continue; // Kustomize's own, which no server gets.
    try {
      const models = await import(`kubernetes-models/${apiVersion}`);
      new models[kind](manifest).validate();
      console.log(`${file}: ${apiVersion} ${kind}`);
    } catch (error) {
      console.error(`${file}: ${apiVersion} ${kind}: ${error.message}`);
      wrong += 1;
    }
  }
}
process.exitCode = wrong === 0 ? 0 : 1;
