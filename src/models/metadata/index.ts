export { MetadataEncoder, MetadataNetwork, takesMetadata } from './network.ts';
