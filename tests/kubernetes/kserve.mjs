// The part of KServe's two kinds that deploy/kubernetes uses, as JSON Schemas
// that refuse every other field. No npm package has KServe's CRDs: this is
// written after its API reference, and says less than a cluster would check.
const text = { type: "string", minLength: 1 };
const texts = { type: "object", additionalProperties: text };

const closed = (required, optional = {}) => ({
  type: "object",
  required: Object.keys(required),
  properties: { ...required, ...optional },
  additionalProperties: false,
});
const kind = (apiVersion, name, spec) =>
  closed({
    apiVersion: { const: apiVersion },
    kind: { const: name },
    metadata: closed({ name: text }, { annotations: texts }),
    spec,
  });

export const kserve = {
  // Containers are Kubernetes' own: check.mjs puts them into a Pod.
  ServingRuntime: kind(
    "serving.kserve.io/v1alpha1",
    "ServingRuntime",
    closed(
      {
        supportedModelFormats: {
          type: "array",
          minItems: 1,
          items: closed(
            { name: text },
            {
              version: text,
              autoSelect: { type: "boolean" },
              priority: { type: "integer", minimum: 1 },
            },
          ),
        },
        containers: { type: "array", minItems: 1, items: { type: "object" } },
      },
      {
        annotations: texts,
        protocolVersions: {
          type: "array",
          items: { enum: ["v1", "v2", "grpc-v1", "grpc-v2"] },
        },
      },
    ),
  ),
  InferenceService: kind(
    "serving.kserve.io/v1beta1",
    "InferenceService",
    closed({
      predictor: closed(
        {
          model: closed(
            {
              modelFormat: closed({ name: text }, { version: text }),
              storageUri: { type: "string", pattern: "^(pvc|s3|gs|https?)://" },
            },
            { runtime: text, protocolVersion: { enum: ["v1", "v2"] } },
          ),
        },
        {
          minReplicas: { type: "integer", minimum: 0 },
          maxReplicas: { type: "integer", minimum: 1 },
        },
      ),
    }),
  ),
};
