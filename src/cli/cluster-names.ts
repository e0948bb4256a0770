/** The names of what a cluster holds, for somebody who waits at a prompt: soon, or none. */
import { Cluster } from '#client'
import { createNodeHost } from '#host/node'
import { listGroups } from '#protocol/messages'
import { parseBootstrap } from './arguments.ts'
import { DEFAULT_BOOTSTRAP } from './options.ts'

const ANSWER_MS = 1000

export async function topicNames(bootstrap: string | undefined): Promise<readonly string[]> {
  return await inCluster(bootstrap, async (cluster) => {
    const { topics } = await cluster.refresh(null)
    return topics.flatMap(({ name, isInternal }) => (name === null || isInternal ? [] : [name]))
  })
}

export async function groupNames(bootstrap: string | undefined): Promise<readonly string[]> {
  return await inCluster(bootstrap, async (cluster) => {
    const { brokers } = await cluster.refresh([])
    const answers = await Promise.all(brokers.map(({ nodeId }) => cluster.sendToBroker(nodeId, listGroups, {})))
    return answers.flatMap(({ groups }) => groups.map(({ groupId }) => groupId))
  })
}

async function inCluster(
  bootstrap: string = DEFAULT_BOOTSTRAP,
  work: (cluster: Cluster) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const cluster = new Cluster(createNodeHost(), {
    bootstrap: parseBootstrap(bootstrap),
    clientId: 'ottla-cli',
    connectTimeoutMs: ANSWER_MS,
    requestTimeoutMs: ANSWER_MS,
    retryTimeoutMs: 0,
  })
  try {
    return await work(cluster)
  } catch {
    return []
  } finally {
    await cluster.close()
  }
}
