/**
 * What all servers of this process share: the bounds that the JDK's HTTP server has once a process.
 *
 * <p>In: how much a server may take. Out: the same, in force. Never: opens a socket.
 */
@NullMarked
package io.penstock.daemon.listen;

import org.jspecify.annotations.NullMarked;
