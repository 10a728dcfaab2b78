// SPDX-License-Identifier: MIT
//
// Exported models in onnxruntime: the same raw rows go to /predict and through
// the graph, and the answers are held beside each other.
//
//   node run.mjs URL FILE MODEL ROWS.json
//
// ROWS.json: {"columns": […], "rows": [[…]]}, cells as /predict takes them;
// columns may be null: the model's features.
// Prints the largest difference, and exits with 1 where it is above 1e-5 (of
// values: of the largest of them) or a label is another one.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const require = createRequire(`${process.env.ORT ?? process.cwd()}/`)
const ort = require('onnxruntime-node')
const [url, file, model, rowsFile] = process.argv.slice(2)
const given = JSON.parse(readFileSync(rowsFile))
const { features } = await (await fetch(`${url}/models/${model}`)).json()
const rows = given.rows
const columns = given.columns ?? features
const tolerance = 1e-5

const seconds = text =>
  text === null ? NaN : Date.parse(/[Z+]/.test(text) || text.length <= 10
    ? text : text.replace(' ', 'T') + 'Z') / 1000
const number = cell => (cell === null || cell === '' ? NaN : Number(cell))

function column (name, type) {
  const at = columns.indexOf(name)
  if (at < 0) throw new Error(`no column ${name}`)
  const cells = rows.map(row => row[at])
  const shape = [rows.length, 1]
  if (type === 'string') {
    return new ort.Tensor('string', cells.map(c => c === null ? '' : String(c)),
      shape)
  }
  return type === 'float64'
    ? new ort.Tensor('float64', Float64Array.from(cells, seconds), shape)
    : new ort.Tensor('float32', Float32Array.from(cells, number), shape)
}

// One matrix, its columns named by the model, or a tensor a column.
function feeds (session) {
  const inputs = session.inputMetadata
  if (inputs.length > 1 || inputs[0].name !== 'inputs') {
    return Object.fromEntries(inputs.map(i => [i.name, column(i.name, i.type)]))
  }
  const order = features.map(f => columns.indexOf(f))
  const cells = rows.flatMap(row => order.map(at => number(row[at])))
  return {
    inputs: new ort.Tensor('float32', Float32Array.from(cells),
      [rows.length, features.length])
  }
}

async function predictions () {
  const reply = await fetch(`${url}/predict`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ model, columns, rows, warnings: false })
  })
  const body = await reply.json()
  if (!reply.ok) throw new Error(JSON.stringify(body))
  return body.predictions
}

const numbersOf = p => p.probabilities !== undefined
  ? Object.values(p.probabilities)
  : Object.values(p.values ?? { value: p.value })

function labelAt (output, i, width) {
  if (output.dims.length === 1) return output.data[i]
  return Array.from(output.data.slice(i * width, (i + 1) * width), Boolean)
}

const session = await ort.InferenceSession.create(file)
const answer = await session.run(feeds(session))
const expected = await predictions()
const main = answer[session.outputNames[0]]
const labels = answer[session.outputNames[1]]
const width = main.dims[1]
let worst = 0
let where = ''
let largest = 1
let wrong = 0
expected.forEach((p, i) => {
  const own = numbersOf(p)
  if (own.length !== width) throw new Error(`${own.length} outputs, not ${width}`)
  own.forEach((value, k) => {
    const there = main.data[i * width + k]
    // What is no number any more is null in JSON.
    if (value === null && !Number.isFinite(there)) return
    const off = Math.abs((value ?? NaN) - there)
    if (!(off <= worst)) {
      worst = Number.isNaN(off) ? Infinity : off
      where = `${JSON.stringify(rows[i])}: ${value}, there ${there}`
    }
    largest = Math.max(largest, Math.abs(value))
  })
  if (p.label !== undefined) {
    const tie = own.includes(null) || own.filter(v => v > Math.max(...own) - tolerance).length > 1
    const label = labelAt(labels, i, width)
    wrong += !tie && String(p.label) !== String(typeof p.label === 'boolean'
      ? Boolean(label) : label)
  } else if (p.labels !== undefined) {
    const has = labelAt(labels, i, width)
    const near = own.some(v => Math.abs(v - 0.5) < tolerance)
    wrong += !near && own.some((v, k) => has[k] !=
      p.labels.includes(Object.keys(p.probabilities)[k]))
  }
})
console.log(`${rows.length} rows, off by ${(worst / largest).toExponential(1)}` +
  (wrong ? `, ${wrong} other labels` : ''))
const good = worst / largest <= tolerance && wrong === 0
if (!good) console.log(where)
process.exit(good ? 0 : 1)
