/** A server on this machine for the tests of a provider behind a network. */
@NullMarked
package dev.triptych.testkit.http;

import org.jspecify.annotations.NullMarked;
