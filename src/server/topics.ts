/** Topics and where they are led, as coordinators and their handlers look at them: views of the metadata image. */
import { endpointOf } from '#broker'
import type { CoordinatorTopics, GroupTopics } from '#coordinator'
import type { MetadataImage } from '#metadata'

export function groupTopicsOf(image: MetadataImage): GroupTopics {
  return {
    topicIdOf: (name) => image.topics.byName.get(name)?.id,
    topicNameOf: (id) => image.topics.byId.get(id)?.name,
    hasPartition: (name, partition) => image.partition(name, partition) !== undefined,
  }
}

export function coordinatorTopicsOf(image: MetadataImage, create: CoordinatorTopics['create']): CoordinatorTopics {
  return {
    partitionCountOf: (topic) => image.topics.byName.get(topic)?.partitions.size,
    leaderOf(topic, partition, listenerName) {
      const registration = image.partition(topic, partition)
      return registration === undefined ? undefined : endpointOf(image, registration.leader, listenerName)
    },
    create,
  }
}
