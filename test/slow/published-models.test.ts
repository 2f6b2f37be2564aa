import { networkContract } from '../models/contract.ts';

// The smallest published network of each kind.
networkContract('nvidia/mit-b0', { thorough: true, sizes: [[96, 160]] });
networkContract('openmmlab/upernet-swin-tiny', { sizes: [[96, 70]] });
networkContract('openmmlab/upernet-convnext-tiny');
networkContract('facebook/mask2former-swin-tiny-ade-semantic', { sizes: [[96, 70]] });
networkContract('upernet_internimage_t', { sizes: [[96, 70]] });
networkContract('upernet_swin_tiny', { sizes: [[96, 70]] });
networkContract('mask2former_swin_tiny');
