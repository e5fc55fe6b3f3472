//! A task a connection on tokio's scheduler of several threads, read and write_all.
use std::net::{IpAddr, SocketAddr};
use std::process::exit;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::runtime::Runtime;
use tokio::signal::unix::{signal, SignalKind};

fn raise_limit_of_descriptors() {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    unsafe {
        libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit);
        limit.rlim_cur = limit.rlim_max;
        libc::setrlimit(libc::RLIMIT_NOFILE, &limit);
    }
}

fn listen_on(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(4096)
}

async fn echo(mut connection: TcpStream, buffer_bytes: usize) -> std::io::Result<()> {
    connection.set_nodelay(true)?;
    let mut buffer = vec![0; buffer_bytes];
    loop {
        let received = connection.read(&mut buffer).await?;
        if received == 0 {
            return Ok(());
        }
        connection.write_all(&buffer[..received]).await?;
    }
}

async fn serve(listener: TcpListener, buffer_bytes: usize) {
    loop {
        match listener.accept().await {
            Ok((connection, _)) => {
                tokio::spawn(echo(connection, buffer_bytes));
            }
            // No descriptor is left.
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

fn arguments() -> Option<(SocketAddr, usize)> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.as_slice() {
        [host, port, buffer_bytes] => {
            let address = SocketAddr::new(host.parse::<IpAddr>().ok()?, port.parse().ok()?);
            Some((address, buffer_bytes.parse().ok().filter(|&bytes| bytes > 0)?))
        }
        _ => None,
    }
}

async fn run(address: SocketAddr, buffer_bytes: usize) -> std::io::Result<()> {
    let mut terminated = signal(SignalKind::terminate())?;
    let listener = listen_on(address)?;
    println!("{}", listener.local_addr()?.port());
    tokio::spawn(serve(listener, buffer_bytes));
    terminated.recv().await;
    exit(0);
}

fn main() {
    let (address, buffer_bytes) = arguments().unwrap_or_else(|| {
        eprintln!("usage: tokio HOST PORT BUFFER_BYTES");
        exit(2);
    });
    raise_limit_of_descriptors();
    let runtime = Runtime::new().expect("start tokio");
    if let Err(error) = runtime.block_on(run(address, buffer_bytes)) {
        eprintln!("tokio: cannot listen on {address}: {error}");
        exit(1);
    }
}
