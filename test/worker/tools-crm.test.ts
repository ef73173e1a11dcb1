import { toolBehaviour, tools } from './tool-behaviour.ts';

toolBehaviour(tools(), (tool) => tool === 'crm');
