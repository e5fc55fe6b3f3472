import java.io.IOException
import java.net.{InetSocketAddress, StandardSocketOptions}
import java.nio.ByteBuffer
import java.nio.channels.{SelectionKey, Selector, ServerSocketChannel, SocketChannel}

import scala.actors.Actor

case object Ready

/** An actor a connection, that reacts to its socket's being ready. The selector's thread tells it
  * so once, and again only after the actor has asked for it. */
class Connection(socket: SocketChannel, selector: Selector, bufferBytes: Int) extends Actor {
  private val key = socket.register(selector, SelectionKey.OP_READ, this)
  private val buffer = ByteBuffer.allocate(bufferBytes)

  def act() = loop { react { case Ready => serve() } }

  private def serve() =
    try {
      if (buffer.position() > 0 || socket.read(buffer) >= 0) {
        buffer.flip()
        socket.write(buffer)
        buffer.compact()
        // Receives nothing until the peer has read the rest.
        await(if (buffer.position() > 0) SelectionKey.OP_WRITE else SelectionKey.OP_READ)
      } else {
        end()
      }
    } catch {
      case gone: IOException => end()
    }

  private def await(operation: Int) = {
    key.interestOps(operation)
    selector.wakeup()
  }

  private def end() = {
    socket.close()
    selector.wakeup() // it closes the descriptor when it selects next
    exit()
  }
}

object EchoActors {
  private val PauseMs = 50

  def main(arguments: Array[String]): Unit = arguments match {
    case Array(host, port, bufferBytes) =>
      // The status of a JVM that SIGTERM ends is 143 otherwise.
      sys.addShutdownHook(Runtime.getRuntime.halt(0))
      val listener = ServerSocketChannel.open()
      try listener.bind(new InetSocketAddress(host, port.toInt), 4096)
      catch {
        case error: IOException =>
          Console.err.println(s"EchoActors: cannot listen on $host:$port: ${error.getMessage}")
          Runtime.getRuntime.halt(1)
      }
      println(listener.getLocalAddress.asInstanceOf[InetSocketAddress].getPort)
      serve(listener, bufferBytes.toInt)
    case _ =>
      Console.err.println("usage: EchoActors HOST PORT BUFFER_BYTES")
      sys.exit(2)
  }

  private def serve(listener: ServerSocketChannel, bufferBytes: Int): Unit = {
    val selector = Selector.open()
    listener.configureBlocking(false)
    val listening = listener.register(selector, SelectionKey.OP_ACCEPT)
    while (true) {
      val paused = listening.interestOps == 0
      selector.select(if (paused) PauseMs else 0)
      if (paused) listening.interestOps(SelectionKey.OP_ACCEPT)
      val ready = selector.selectedKeys.iterator
      while (ready.hasNext) {
        val key = ready.next()
        ready.remove()
        key.interestOps(0)
        key.attachment match {
          case connection: Connection => connection ! Ready
          case _ =>
            if (accept(listener, selector, bufferBytes)) key.interestOps(SelectionKey.OP_ACCEPT)
        }
      }
    }
  }

  /** False when no descriptor is left. */
  private def accept(listener: ServerSocketChannel, selector: Selector, bufferBytes: Int) =
    try {
      Iterator.continually(listener.accept()).takeWhile(_ != null).foreach { socket =>
        socket.configureBlocking(false)
        socket.setOption(StandardSocketOptions.TCP_NODELAY, java.lang.Boolean.TRUE)
        new Connection(socket, selector, bufferBytes).start()
      }
      true
    } catch {
      case exhausted: IOException => false
    }
}
