/**
 * The command as it is used: the bundle that `npm run build` makes, a broker in a process of its own, and every command in
 * turn.
 */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import process from 'node:process'
import { createInterface } from 'node:readline'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../command/main.js', import.meta.url))
const environment: NodeJS.ProcessEnv = { ...process.env, NO_COLOR: '1', OTTLA_BOOTSTRAP: '' }
let broker: ChildProcess

before(async () => {
  const settings = ['group.initial.rebalance.delay.ms=0', 'offsets.topic.num.partitions=1', 'num.partitions=2']
  const sets = settings.flatMap((setting) => ['--set', setting])
  const args = [main, 'start', '--memory', '--port', '0', '-o', 'json', '--log-level', 'warn', ...sets]
  broker = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], env: environment })
  const [line] = await once(createInterface({ input: broker.stdout! }), 'line')
  const { listeners } = JSON.parse(line) as { listeners: { host: string; port: number }[] }
  environment.OTTLA_BOOTSTRAP = `${listeners[0]!.host}:${listeners[0]!.port}`
})

after(() => broker.kill('SIGKILL'))

interface Outcome {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** Runs the command to its end. */
async function ottla(args: string, input = ''): Promise<Outcome> {
  return await run(process.execPath, [main, ...wordsOf(args)], input)
}

/** Runs the command, which has to end well and say nothing beside, and gives what it printed. */
async function print(args: string, input = ''): Promise<string> {
  const { code, out, err } = await ottla(args, input)
  assert.deepEqual({ code, err }, { code: 0, err: '' }, args)
  return out
}

async function printJson(args: string, input = ''): Promise<unknown> {
  return JSON.parse(await print(`${args} -o json`, input))
}

async function run(program: string, args: readonly string[], input = ''): Promise<Outcome> {
  const child = spawn(program, args, { env: environment })
  const out = textOf(child.stdout)
  const err = textOf(child.stderr)
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  const [code] = await once(child, 'close')
  return { code, out: await out, err: await err }
}

async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  let text = ''
  for await (const piece of stream) text += piece
  return text
}

/** Words with blanks between; 'quotes' hold one together. */
function wordsOf(text: string): string[] {
  return Array.from(text.matchAll(/'([^']*)'|(\S+)/g), ([, quoted, plain]) => quoted ?? plain!)
}

describe('the tour', () => {
  test('a topic is created, listed, described, altered and deleted', async () => {
    assert.equal(await print('topic create tour -p 3 -c retention.ms=1000'), 'Created tour with 3 partitions.\n')
    const listed = (await printJson('topic list')) as Record<string, unknown>[]
    assert.deepEqual(Object.keys(listed[0]!), ['topic', 'topicId', 'partitions', 'replicationFactor', 'isInternal'])
    assert.match(await print('topic list'), /^TOPIC +PARTITIONS +REPLICAS +ID\ntour +3 +1 +\S+\n$/)
    assert.equal(await print('topic alter tour --partitions 4 -c retention.ms=2000 -d segment.ms'), 'Altered tour.\n')
    const [described] = (await printJson('topic describe tour')) as [{ partitions: unknown[]; configs: unknown }]
    assert.deepEqual(described.configs, { 'retention.ms': '2000' })
    assert.deepEqual(described.partitions[3], {
      partition: 3,
      leader: 1,
      leaderEpoch: 0,
      replicas: [1],
      isr: [1],
      firstOffset: 0,
      endOffset: 0,
    })
    assert.equal(await print('topic create tour --if-not-exists'), 'tour is there already.\n')
    assert.deepEqual(await printJson('topic delete tour'), [{ topic: 'tour' }])
    assert.equal(await print('topic list'), 'There are no topics.\n')
  })

  test('records are written and read, in every form', async () => {
    await print('topic create records -p 1')
    assert.equal(await print('produce records', 'hello\n'), 'Wrote 1 record to records-0 at offset 0.\n')
    const lines = 'k1:a\r\nk2:\nno key\n'
    assert.deepEqual(await printJson('produce records -K : -Z -H h=1 -H g=', lines), {
      topic: 'records',
      count: 3,
      partitions: [{ partition: 0, firstOffset: 1, lastOffset: 3, count: 3 }],
    })
    for (const codec of ['gzip', 'snappy', 'lz4', 'zstd']) {
      await print(`produce records -z ${codec} -q`, `by ${codec}\n`)
    }
    const all = await print("consume records --from-beginning --exit -f '%o %k=%s(%S) %h\\n'")
    assert.equal(
      all,
      [
        '0 =hello(5) ',
        '1 k1=a(1) h=1,g=',
        '2 k2=(-1) h=1,g=',
        '3 =no key(6) h=1,g=',
        '4 =by gzip(7) ',
        '5 =by snappy(9) ',
        '6 =by lz4(6) ',
        '7 =by zstd(7) ',
        '',
      ].join('\n'),
    )
    assert.equal(await print('consume records --last 2 -e'), 'by lz4\nby zstd\n')
    assert.equal(await print('consume records --offset 5 -n 1 -p 0'), 'by snappy\n')
    assert.equal(await print('consume records --since 1h -n 1'), 'hello\n')
    assert.equal(await print('consume records --since 2099-01-01 -e'), '')
    const json = await print('consume records --from-beginning --exit -o json')
    assert.deepEqual(JSON.parse(json.split('\n')[2]!).headers, [
      { key: 'h', value: '1' },
      { key: 'g', value: '' },
    ])
    await print('topic create copy -p 1')
    await print('produce copy --input json -q', json)
    assert.equal(await print('consume copy --from-beginning -e -o json'), json.replaceAll('"records"', '"copy"'))
  })

  test('a group goes on where it stopped, is described, moved and deleted', async () => {
    await print('topic create grouped -p 1')
    await print('produce grouped -q', 'a\nb\nc\n')
    assert.equal(await print('consume grouped -g readers --from-beginning -n 2'), 'a\nb\n')
    assert.equal(await print('consume grouped -g readers --exit'), 'c\n')
    assert.match(await print('group list'), /readers +Empty +classic +consumer/)
    const [group] = (await printJson('group describe readers')) as [Record<string, unknown>]
    assert.deepEqual(group, {
      group: 'readers',
      state: 'Empty',
      protocolType: 'consumer',
      protocol: '',
      coordinator: 1,
      lag: 0,
      offsets: [{ topic: 'grouped', partition: 0, offset: 3, endOffset: 3, lag: 0, memberId: null }],
      members: [],
    })
    assert.match(await print('group reset readers --to -2'), /grouped +0 +3 +1\nNothing was changed/)
    assert.deepEqual(await printJson('group reset readers --to -2 --topic grouped:0 --execute'), {
      group: 'readers',
      executed: true,
      offsets: [{ topic: 'grouped', partition: 0, before: 3, after: 1 }],
    })
    assert.equal(await print('consume grouped -g readers --exit'), 'b\nc\n')
    assert.equal(await print('group delete readers'), 'Deleted group readers.\n')
    assert.equal((await ottla('group describe readers')).code, 1)
  })

  test('the cluster, the version, the help and a file are shown', async () => {
    const cluster = (await printJson('cluster')) as { brokers: unknown[]; quorum: { voters: unknown[] } }
    assert.equal(cluster.brokers.length, 1)
    assert.deepEqual(cluster.quorum.voters, [1])
    assert.match(await print('version'), /^ottla \d+\.\d+\.\d+ \(speaks Apache Kafka 4\.4\.0, Node /)
    assert.match(await print('help consume'), /Usage: ottla consume \[options\] <topic>[\s\S]*--from-beginning/)
    const file = fileURLToPath(new URL('../../src/cli/dump/golden/meta.properties', import.meta.url))
    assert.match(await print(`dump ${file}`), /^node\.id 1 {2}directory\.id /)
  })
})

describe('what goes wrong', () => {
  const wrong: readonly (readonly [args: string, code: number, err: RegExp])[] = [
    ['', 2, /^Usage: ottla/],
    ['topc', 2, /^ottla: unknown command 'topc'\n\(Did you mean topic\?\)/],
    ['topic create t -p many', 2, /argument 'many' is invalid\. Give a whole number of at least -1\./],
    ['topic describe nothing', 1, /there is no such topic \(UNKNOWN_TOPIC_OR_PARTITION\)\n`ottla topic list` shows/],
    ['topic create bad/name good', 1, /^ottla: Cannot create topic bad\/name: .*\(INVALID_TOPIC_EXCEPTION\)$/m],
    ['topic alter good', 2, /^ottla: There is nothing to alter\nGive --partitions/],
    ['topic list -b 127.0.0.1:1', 1, /ECONNREFUSED[^\n]*\nIs a broker running there\?/],
    ['consume nothing', 1, /there is no such topic/],
    ['consume good --offset 1 --last 1', 2, /cannot be used with/],
    ['group describe nobody', 1, /\(GROUP_ID_NOT_FOUND\)\n`ottla group list`/],
    ['dump /nowhere/0.log', 1, /^ottla: Cannot open \/nowhere\/0\.log: ENOENT/],
    ['dump /etc/hosts', 2, /Cannot tell by its name/],
    ['start --set log.segment.bytes=much', 2, /Invalid value much for configuration log\.segment\.bytes/],
  ]

  test('is told in a sentence, with what to do and the exit code that it deserves', async () => {
    await print('topic create good')
    const check = async ([args, code, err]: (typeof wrong)[number]) => {
      const outcome = await ottla(args)
      assert.equal(outcome.code, code, `${args}: ${outcome.err}`)
      assert.match(outcome.err, err, args)
      assert.doesNotMatch(outcome.err, /^ {4}at /m, args)
    }
    await Promise.all(wrong.map(check))
  })

  test('does not keep from doing the rest', async () => {
    const { code, out, err } = await ottla('topic create first good last')
    assert.equal(code, 1)
    assert.equal(out, 'Created first with 2 partitions.\nCreated last with 2 partitions.\n')
    assert.match(err, /TOPIC_ALREADY_EXISTS\)\nWith --if-not-exists that is fine\.\n$/)
  })

  test('in a line is told with its number; the lines before are written', async () => {
    await print('topic create lines -p 1')
    const { code, err } = await ottla('produce lines --input json', '{"value":"one"}\nwhat?\n{"value":"three"}\n')
    assert.equal(code, 1)
    assert.match(err, /^ottla: Line 2 is no record: /)
    assert.equal(await print('consume lines --from-beginning -e'), 'one\n')
  })
})

describe('endings', () => {
  test('a reader that has enough ends us quietly', async () => {
    await print('topic create much -p 1')
    await print('produce much -q', 'x\n'.repeat(100_000))
    const script = `"$0" "$1" consume much --from-beginning | head -1; echo "\${PIPESTATUS[0]}"`
    const { out, err } = await run('bash', ['-c', script, process.execPath, main])
    assert.deepEqual({ out, err }, { out: 'x\n0\n', err: '' })
  })

  test('an interrupted member commits and leaves', async () => {
    await print('topic create left -p 1')
    await print('produce left -q', 'a\n')
    const member = spawn(process.execPath, [main, 'consume', 'left', '-g', 'leavers', '--from-beginning'], {
      env: environment,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(member.stdout!, 'data')
    member.kill('SIGINT')
    assert.deepEqual(await once(member, 'exit'), [0, null])
    const [group] = (await printJson('group describe leavers')) as [{ state: string; lag: number }]
    assert.deepEqual([group.state, group.lag], ['Empty', 0])
  })

  test('an interrupted writer writes what it has read', async () => {
    await print('topic create cut -p 1')
    const writer = spawn(process.execPath, [main, 'produce', 'cut'], {
      env: environment,
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    writer.stdin!.write('one\ntwo\n')
    // What is typed is sent at once, though the input has not ended.
    assert.equal(await print('consume cut --from-beginning -n 2'), 'one\ntwo\n')
    writer.kill('SIGINT')
    assert.equal(await textOf(writer.stdout!), 'Wrote 2 records to cut.\n')
  })
})

test('bash completes commands, options and the names of topics', async () => {
  await print('topic create completed-topic')
  const script = `
    ottla() { "$node" "$main" "$@"; }
    source <(ottla completion bash)
    try() { COMP_LINE="$1" COMP_POINT=\${#1}; _ottla; echo "$1> \${COMPREPLY[*]}"; }
    try 'ottla topic d'
    try 'ottla consume completed'
    try 'ottla produce completed-topic -z g'`
  environment.node = process.execPath
  environment.main = main
  const { out } = await run('bash', ['-c', script])
  assert.equal(
    out,
    [
      'ottla topic d> delete describe',
      'ottla consume completed> completed-topic',
      'ottla produce completed-topic -z g> gzip',
      '',
    ].join('\n'),
  )
})

test('a broker that is told to stop ends well', async () => {
  broker.kill('SIGTERM')
  assert.deepEqual(await once(broker, 'exit'), [0, null])
})
