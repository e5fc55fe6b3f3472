-- A green thread a connection, recv and sendAll.
module Main (main) where

import Control.Concurrent (forkFinally, threadDelay)
import Control.Exception (IOException, try)
import Control.Monad (forever, unless, void)
import qualified Data.ByteString as Bytes
import Network.Socket
import Network.Socket.ByteString (recv, sendAll)
import System.Environment (getArgs)
import System.Exit (ExitCode (ExitSuccess), die)
import System.IO (hFlush, stdout)
import System.Posix.Process (exitImmediately)
import System.Posix.Resource
import System.Posix.Signals (Handler (Catch), installHandler, sigTERM)

main :: IO ()
main = do
  arguments <- getArgs
  case arguments of
    [host, port, bufferBytes] -> serve host port (read bufferBytes)
    _ -> die "usage: haskell HOST PORT BUFFER_BYTES"

serve :: HostName -> ServiceName -> Int -> IO ()
serve host port bufferBytes = do
  _ <- installHandler sigTERM (Catch (exitImmediately ExitSuccess)) Nothing
  limits <- getResourceLimit ResourceOpenFiles
  setResourceLimit ResourceOpenFiles limits {softLimit = hardLimit limits}
  listener <- try (listenOn host port) >>= either cannot pure
  socketPort listener >>= print
  hFlush stdout
  forever (try (accept listener) >>= either pause (start . fst))
  where
    cannot :: IOException -> IO a
    cannot reason = die ("haskell: cannot listen on " ++ host ++ ":" ++ port ++ ": " ++ show reason)
    pause :: IOException -> IO () -- no descriptor is left
    pause _ = threadDelay 50000
    start connection = void (forkFinally (echo connection bufferBytes) (const (close connection)))

listenOn :: HostName -> ServiceName -> IO Socket
listenOn host port = do
  let hints = defaultHints {addrFlags = [AI_NUMERICHOST, AI_NUMERICSERV], addrSocketType = Stream}
  address : _ <- getAddrInfo (Just hints) (Just host) (Just port)
  listener <- openSocket address
  setSocketOption listener ReuseAddr 1
  setSocketOption listener NoDelay 1 -- Linux gives it on to the sockets accepted from it
  bind listener (addrAddress address)
  listen listener 4096
  pure listener

echo :: Socket -> Int -> IO ()
echo connection bufferBytes = do
  message <- recv connection bufferBytes
  unless (Bytes.null message) (sendAll connection message >> echo connection bufferBytes)
