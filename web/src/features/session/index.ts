export { Card, Refusal, useToken } from './Card';
export { default as cardCss } from './Card.module.css';
