/**
 * What the tests of every module share: the contract of a provider, a scriptable generator, the architecture's rules.
 */
@NullMarked
package dev.triptych.testkit;

import org.jspecify.annotations.NullMarked;
