/** Tests of paths that are made from names. */
import { expect, test } from 'vitest';
import { pathFromName, pathOf, patternOf, routePath } from './route-path.ts';

test.each([
  ['get_users', '/get-users'],
  ['get_user__id', '/get-user/:id'],
  ['user__id_posts__post_id', '/user/:id/posts/:post_id'],
  ['getUserProfile', '/get-user-profile'],
  ['status', '/status'],
  ['bound get_users', '/get-users'],
])('F-90 %s makes %s', (name, path) => {
  expect(pathFromName(name)).toBe(path);
});

test('F-90 names of parameters that have underscores can be told', () => {
  expect(pathFromName('user__user_id_posts', ['user_id'])).toBe('/user/:user_id/posts');
  expect(pathFromName('user__id_profile', ['id'])).toBe('/user/:id/profile');
});

test('F-90 a function may have a path of its own choosing', () => {
  const users = routePath('/everybody')(function get_users() {
    return '';
  });
  expect(pathOf(users)).toBe('/everybody');
  expect(pathOf(function get_users() {})).toBe('/get-users');
});

test('braces are another way of writing it', () => {
  expect(patternOf('/a/{id}/b/{rest:path}')).toBe('/a/:id/b/*');
});
