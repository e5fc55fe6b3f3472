import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/** One thread, a Selector (epoll): one read and one write for each channel that is ready. */
public final class EchoNio {
    private static final long PAUSE_MS = 50;

    private final Selector selector = Selector.open();
    private final ByteBuffer buffer;
    private final SelectionKey listening;

    private EchoNio(String host, int port, int bufferBytes) throws IOException {
        buffer = ByteBuffer.allocateDirect(bufferBytes);
        ServerSocketChannel listener = ServerSocketChannel.open();
        listener.bind(new InetSocketAddress(host, port), 4096);
        listener.configureBlocking(false);
        listening = listener.register(selector, SelectionKey.OP_ACCEPT);
    }

    private int port() throws IOException {
        InetSocketAddress bound = (InetSocketAddress) listener().getLocalAddress();
        return bound.getPort();
    }

    private ServerSocketChannel listener() {
        return (ServerSocketChannel) listening.channel();
    }

    private void run() throws IOException {
        while (true) {
            boolean paused = listening.interestOps() == 0;
            int ready = selector.select(this::serve, paused ? PAUSE_MS : 0);
            if (paused && ready == 0) {
                listening.interestOps(SelectionKey.OP_ACCEPT);
            }
        }
    }

    private void serve(SelectionKey key) {
        if (key == listening) {
            accept();
            return;
        }
        try {
            if (key.isReadable()) {
                receive(key);
            } else {
                sendRest(key);
            }
        } catch (IOException gone) {
            close(key);
        }
    }

    private void accept() {
        try {
            SocketChannel connection;
            while ((connection = listener().accept()) != null) {
                connection.configureBlocking(false);
                connection.setOption(StandardSocketOptions.TCP_NODELAY, true);
                connection.register(selector, SelectionKey.OP_READ);
            }
        } catch (IOException exhausted) { // no descriptor is left
            listening.interestOps(0);
        }
    }

    private void receive(SelectionKey key) throws IOException {
        SocketChannel connection = (SocketChannel) key.channel();
        buffer.clear();
        if (connection.read(buffer) < 0) {
            close(key);
            return;
        }
        buffer.flip();
        connection.write(buffer);
        if (buffer.hasRemaining()) { // receives nothing until the peer has read it
            key.attach(ByteBuffer.allocate(buffer.remaining()).put(buffer).flip());
            key.interestOps(SelectionKey.OP_WRITE);
        }
    }

    private void sendRest(SelectionKey key) throws IOException {
        ByteBuffer rest = (ByteBuffer) key.attachment();
        ((SocketChannel) key.channel()).write(rest);
        if (!rest.hasRemaining()) {
            key.attach(null);
            key.interestOps(SelectionKey.OP_READ);
        }
    }

    private void close(SelectionKey key) {
        try {
            key.channel().close();
        } catch (IOException gone) {
            // it was closed all the same
        }
        listening.interestOps(SelectionKey.OP_ACCEPT);
    }

    public static void main(String[] arguments) throws IOException {
        if (arguments.length != 3) {
            System.err.println("usage: EchoNio HOST PORT BUFFER_BYTES");
            System.exit(2);
        }
        // The status of a JVM that SIGTERM ends is 143 otherwise.
        Runtime.getRuntime().addShutdownHook(new Thread(() -> Runtime.getRuntime().halt(0)));
        EchoNio server = null;
        try {
            server = new EchoNio(arguments[0], Integer.parseInt(arguments[1]),
                    Integer.parseInt(arguments[2]));
        } catch (IOException error) {
            System.err.println("EchoNio: cannot listen on " + arguments[0] + ":" + arguments[1]
                    + ": " + error.getMessage());
            Runtime.getRuntime().halt(1);
        }
        System.out.println(server.port());
        server.run();
    }
}
