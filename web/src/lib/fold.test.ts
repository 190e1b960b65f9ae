import { expect, it } from 'vitest';
import { fold } from './fold';

it('folds what readers take for the same', () => {
  expect(fold('كاشي')).toBe(fold('کاشی'));
  expect(fold('حمل‌ونقل')).toBe(fold('حمل و نقل'));
  expect(fold('آذرنگ')).toBe(fold('اذرنگ'));
  expect(fold('۱۲۳')).toBe('123');
  expect(fold('Café ACME')).toBe('caféacme');
});
