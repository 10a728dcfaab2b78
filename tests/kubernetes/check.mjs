// node check.mjs FOLDER MLPD: every manifest against the schema of its kind, and
// every flag in it against `mlpd --help`.
import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import Ajv from "ajv";
import yaml from "js-yaml";
import { Deployment } from "kubernetes-models/apps/v1";
import { PersistentVolumeClaim, Pod, Service } from "kubernetes-models/v1";
import { kserve } from "./kserve.mjs";

const [folder, mlpd] = process.argv.slice(2);
const core = { Deployment, PersistentVolumeClaim, Pod, Service };
const ajv = new Ajv({ allErrors: true });
let passed = 0;
let failed = 0;

function check(what, test) {
  try {
    test();
    passed++;
  } catch (error) {
    failed++;
    console.log(`FAIL ${what}: ${error.message}`);
  }
}

function expect(truth, message) {
  if (!truth) throw new Error(message);
}

function fits(object) {
  if (core[object.kind]) {
    new core[object.kind](object).validate();
    return;
  }
  const schema = kserve[object.kind];
  expect(schema, `no schema for ${object.kind}`);
  expect(ajv.validate(schema, object), ajv.errorsText());
}

function refuses(what, object, change) {
  const bad = structuredClone(object);
  change(bad);
  check(`refuses ${what}`, () => {
    let refused = false;
    try {
      fits(bad);
    } catch {
      refused = true;
    }
    expect(refused, "it was taken");
  });
}

const objects = new Map();
for (const file of readdirSync(folder).filter((name) => name.endsWith(".yaml")))
  for (const object of yaml.loadAll(readFileSync(join(folder, file), "utf8")))
    objects.set(`${file} ${object.kind}`, object);

const kustomization = objects.get("kustomization.yaml Kustomization");
objects.delete("kustomization.yaml Kustomization");
check("the kustomization names files that are there", () => {
  for (const name of kustomization.resources) readFileSync(join(folder, name));
});

const help = execFileSync(mlpd, ["--help"], { encoding: "utf8" });
const flags = new Set(help.match(/--[a-z][a-z-]*/g));
const variables = new Set(help.match(/MLPD_[A-Z_]+/g));

function containers(object) {
  const spec = object.kind === "Deployment" ? object.spec.template.spec : object.spec;
  return spec.containers ?? [];
}

for (const [what, object] of objects) {
  check(`${what} fits its schema`, () => fits(object));
  for (const container of containers(object)) {
    // KServe's containers have a name that no Pod's template has yet.
    check(`${what}: its container`, () =>
      fits({
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "x" },
        spec: { containers: [container] },
      }),
    );
    check(`${what}: its flags are mlpd's`, () => {
      for (const flag of container.args.slice(1))
        expect(flags.has(flag.split("=")[0].replaceAll("_", "-")), flag);
    });
    check(`${what}: it may do nothing that it need not`, () => {
      const security = container.securityContext;
      expect(security.allowPrivilegeEscalation === false, "escalation");
      expect(security.readOnlyRootFilesystem === true, "file system");
      expect(security.capabilities.drop.includes("ALL"), "capabilities");
    });
    for (const { name } of container.env ?? [])
      check(`${what}: ${name} is a variable of mlpd's`, () =>
        expect(
          variables.has(name) ||
            flags.has(name.replace("MLPD_", "--").toLowerCase().replaceAll("_", "-")),
          name,
        ),
      );
  }
}

// Schemas that take everything would show nothing.
const runtime = objects.get("kserve-runtime.yaml ServingRuntime");
const service = objects.get("kserve-iris.yaml InferenceService");
const deployment = objects.get("training.yaml Deployment");
refuses("an unknown field of a runtime", runtime, (o) => (o.spec.protocols = []));
refuses("an unknown protocol", runtime, (o) => (o.spec.protocolVersions = ["v3"]));
refuses("a model without a place", service, (o) => delete o.spec.predictor.model.storageUri);
refuses("a Deployment without a selector", deployment, (o) => delete o.spec.selector);
refuses("replicas that are no number", deployment, (o) => (o.spec.replicas = "one"));
check("the runtime and the model agree", () => {
  const { modelFormat, runtime: name } = service.spec.predictor.model;
  expect(name === runtime.metadata.name, "runtime");
  expect(
    runtime.spec.supportedModelFormats.some(
      (format) => format.name === modelFormat.name && format.version === modelFormat.version,
    ),
    "format",
  );
  expect(runtime.spec.containers[0].name === "kserve-container", "container");
});

console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
